// SPDX-License-Identifier: MIT
#include "app/command_line.h"
#include "app/serve.h"

int main(int argc, char** argv) {
    gr::app::hardenProcess();
    return gr::app::runDaemon(argc, argv);
}
