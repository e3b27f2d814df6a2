// SPDX-License-Identifier: MIT
#include "settings/passphrase.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
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

// One line; false at the end of input.
bool readLine(int fd, std::string& line) {
    line.reserve(kLongest);  // growing would leave copies behind
    for (char c = 0; line.size() < kLongest;) {
        const ssize_t count = ::read(fd, &c, 1);
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

    int fd() const { return m_fd; }

  private:
    int m_fd;
    termios m_before{};
    bool m_isQuiet = false;
};

std::optional<std::string> passphraseFile(const Environment& environment) {
    auto file = environment("GATEROUTER_PASSPHRASE_FILE");
    return file && !file->empty() ? file : std::nullopt;
}

}  // namespace

Result<Secret> readSecretLine(int fd) {
    std::string line;
    const bool whole = readLine(fd, line);
    Secret secret(line);
    const bool some = !line.empty();
    wipe(line.data(), line.size());
    if (!some || (!whole && secret.size() >= kLongest))
        return fail(ErrorCode::Cancelled, "Nothing was given, or a line that is too long.");
    return secret;
}

Result<Secret> askOnTerminal(std::string_view prompt) {
    const QuietTerminal terminal;
    if (!terminal.isQuiet())
        return fail(ErrorCode::SecretMissing, "There is no terminal to ask on.");
    terminal.print(prompt);
    std::string line;
    const bool whole = readLine(terminal.fd(), line);
    terminal.print("\n");
    Secret secret(line);
    wipe(line.data(), line.size());
    if (!whole || secret.empty())
        return fail(ErrorCode::Cancelled, "Nothing was given.");
    return secret;
}

Result<Secret> readPassphrase(std::string_view prompt, const Environment& environment) {
    if (const auto file = passphraseFile(environment))
        return firstLineOf(*file);
    auto passphrase = askOnTerminal(prompt);
    if (!passphrase && passphrase.error().code == ErrorCode::SecretMissing)
        return fail(ErrorCode::VaultLocked,
                    "The vault needs its passphrase and there is no terminal to ask on. Name a "
                    "file that holds it in GATEROUTER_PASSPHRASE_FILE.");
    if (!passphrase && passphrase.error().code == ErrorCode::Cancelled)
        return fail(ErrorCode::Cancelled, "No passphrase was given.");
    return passphrase;
}

Result<Secret> readNewPassphrase(const Environment& environment) {
    constexpr std::size_t kShortest = 8;
    auto passphrase =
        readPassphrase("New passphrase of the vault, at least 8 characters: ", environment);
    if (!passphrase)
        return passphrase;
    if (passphrase->size() < kShortest)
        return fail(ErrorCode::InvalidField,
                    "The passphrase is too short: it has to hold against whoever gets the file. "
                    "Take at least 8 characters, better four words.");
    if (passphraseFile(environment))
        return passphrase;
    const auto again = askOnTerminal("Once more: ");
    if (!again)
        return fail(again.error());
    if (!equalInConstantTime(passphrase->reveal(), again->reveal()))
        return fail(ErrorCode::InvalidField, "The two passphrases differ. Begin again.");
    return passphrase;
}

}  // namespace gr::settings
