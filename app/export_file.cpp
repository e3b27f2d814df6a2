// SPDX-License-Identifier: MIT
#include "app/export_file.h"

#include <QSaveFile>
#include <array>
#include <ostream>
#include <streambuf>

namespace gr::app {
namespace {

// Writes to a file of Qt's, in pieces.
class FileBuffer final : public std::streambuf {
  public:
    explicit FileBuffer(QSaveFile& file) : m_file(file) { empty(); }

  protected:
    int_type overflow(int_type next) override {
        if (!flushOut())
            return traits_type::eof();
        if (!traits_type::eq_int_type(next, traits_type::eof()))
            sputc(traits_type::to_char_type(next));
        return traits_type::not_eof(next);
    }
    int sync() override { return flushOut() ? 0 : -1; }

  private:
    bool flushOut() {
        const std::ptrdiff_t size = pptr() - pbase();
        const bool written = m_file.write(pbase(), size) == size;
        empty();
        return written;
    }
    void empty() { setp(m_room.data(), m_room.data() + m_room.size()); }

    QSaveFile& m_file;
    std::array<char, 64 * 1024> m_room{};
};

Error unwritable(const QSaveFile& file) {
    return Error(ErrorCode::FileUnwritable,
                 "The export cannot be written to " + file.fileName().toStdString() + ": " +
                     file.errorString().toStdString() + ". Choose another place.");
}

}  // namespace

Result<ledger::Exported> writeExportFile(const QString& path, const ExportWriter& write) {
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return fail(unwritable(file));
    FileBuffer buffer(file);
    std::ostream out(&buffer);
    auto written = write(out);
    if (!written) {
        if (written.error().code == ErrorCode::FileUnwritable)
            return fail(unwritable(file));
        return written;  // the file goes with its object
    }
    if (!file.commit())
        return fail(unwritable(file));
    return written;
}

Result<ledger::Exported> writeExport(const ledger::Location& books, const ui::ExportOrder& order,
                                     const ledger::ExportProgress& progress) {
    return writeExportFile(order.path, [&](std::ostream& out) {
        return ledger::exportRequests(books, order.format, order.filter, out, progress);
    });
}

}  // namespace gr::app
