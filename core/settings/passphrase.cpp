// SPDX-License-Identifier: MIT
#include "settings/passphrase.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/file.h"

namespace gr::settings {
namespace {

constexpr std::size_t kLongest = 4096;

Result<Secret> firstLineOf(const std::string& file) {
    auto content = readFile(file, kLongest);
    if (!content && content.error().code == ErrorCode::NotFound)
        return fail(ErrorCode::SecretMissing, "The passphrase file " + file + " does not exist.");
    if (!content)
        return fail(content.error());
    const std::string_view text = *content;
    Secret passphrase(text.substr(0, text.find_first_of("\r\n")));
    wipe(content->data(), content->size());
    if (passphrase.empty())
        return fail(ErrorCode::SecretMissing, "The passphrase file " + file + " is empty.");
    return passphrase;
}

// The terminal of this process with the echo off, for as long as the object lives.
class QuietTerminal final {
  public:
    QuietTerminal() : m_fd(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
        if (m_fd < 0 || ::tcgetattr(m_fd, &m_before) != 0)
            return;
        termios quiet = m_before;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        m_isQuiet = ::tcsetattr(m_fd, TCSAFLUSH, &quiet) == 0;
    }
    QuietTerminal(const QuietTerminal&) = delete;
    QuietTerminal& operator=(const QuietTerminal&) = delete;
    ~QuietTerminal() {
        if (m_isQuiet)
            (void)::tcsetattr(m_fd, TCSAFLUSH, &m_before);
        if (m_fd >= 0)
            ::close(m_fd);
    }

    bool isQuiet() const { return m_isQuiet; }
    void print(std::string_view text) const { (void)!::write(m_fd, text.data(), text.size()); }

    // One line; false at the end of input.
    bool readLine(std::string& line) const {
        line.reserve(kLongest);  // growing would leave copies behind
        for (char c = 0; line.size() < kLongest;) {
            const ssize_t count = ::read(m_fd, &c, 1);
            if (count < 0 && errno == EINTR)
                continue;
            if (count <= 0)
                return false;
            if (c == '\n' || c == '\r')
                return true;
            line.push_back(c);
        }
        return false;
    }

  private:
    int m_fd;
    termios m_before{};
    bool m_isQuiet = false;
};

}  // namespace

Result<Secret> readPassphrase(std::string_view prompt, const Environment& environment) {
    if (const auto file = environment("GATEROUTER_PASSPHRASE_FILE"); file && !file->empty())
        return firstLineOf(*file);
    const QuietTerminal terminal;
    if (!terminal.isQuiet())
        return fail(ErrorCode::VaultLocked,
                    "The vault needs its passphrase and there is no terminal to ask on. Name a "
                    "file that holds it in GATEROUTER_PASSPHRASE_FILE.");
    terminal.print(prompt);
    std::string line;
    const bool whole = terminal.readLine(line);
    terminal.print("\n");
    Secret passphrase(line);
    wipe(line.data(), line.size());
    if (!whole || passphrase.empty())
        return fail(ErrorCode::Cancelled, "No passphrase was given.");
    return passphrase;
}

}  // namespace gr::settings
