// SPDX-License-Identifier: MIT
#include "app/desktop_facts.h"

namespace gr::app {

CommandFact desktopFacts() {
    CommandFact facts;
    facts.name = "gaterouter";
    facts.help = "One address for every model: a gateway for your tools, with its window.";
    facts.options = {
        {"--help", "-h", "Print this help.", {}, {}, false},
        {"--version", "-v", "Print the version.", {}, {}, false},
        {"--headless", {}, "Run without a window, as gaterouterd serve does.", {}, {}, false},
        {"--background",
         {},
         "Start in the tray, where there is one; the window opens from there.",
         {},
         {},
         false},
        {"--autostart",
         {},
         "Start with your session from now on, in the background, or no more; starts nothing now.",
         "WHEN",
         {"on", "off"},
         false},
        {"--sandbox", {}, "Start with simulated models, play money.", {}, {}, false},
        {"--config", {}, "Configuration file.", "FILE", {}, false},
        {"--data-dir", {}, "Data directory.", "DIR", {}, false},
        {"--port", {}, "Port, over the configuration.", "N", {}, false},
        {"--log-level",
         {},
         "How much is told on standard error.",
         "LEVEL",
         {"debug", "info", "warning", "error"},
         false},
    };
    facts.arguments = {
        {"page",
         {},
         "A page to show, as gaterouter:NAME, such as gaterouter:activity; or a provider to "
         "add, as gaterouter:providers?add=NAME.",
         "PAGE",
         {},
         false}};
    return facts;
}

}  // namespace gr::app
