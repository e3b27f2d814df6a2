// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace gr::http {

// Bytes received and not used yet: a growing block that is read at the front and filled at the end.
// Never zero-fills. One thread.
class ByteBuffer final {
  public:
    ByteBuffer() = default;
    ByteBuffer(ByteBuffer&& other) noexcept { *this = std::move(other); }
    ByteBuffer& operator=(ByteBuffer&& other) noexcept {
        m_data = std::move(other.m_data);
        m_capacity = std::exchange(other.m_capacity, 0);
        m_begin = std::exchange(other.m_begin, 0);
        m_end = std::exchange(other.m_end, 0);
        return *this;
    }

    std::string_view view() const { return {m_data.get() + m_begin, m_end - m_begin}; }
    std::size_t size() const { return m_end - m_begin; }
    bool empty() const { return m_begin == m_end; }
    std::size_t room() const { return m_capacity - m_end; }
    std::size_t capacity() const { return m_capacity; }
    char* tail() { return m_data.get() + m_end; }

    // Takes bytes off the front. Moves nothing: a read into `tail()` may be pending.
    void consume(std::size_t count) { m_begin += count; }
    // Moves the content to the front of the block. Not while a read into `tail()` is pending.
    void compact() {
        if (m_begin == 0)
            return;
        const std::size_t held = size();
        if (held > 0)
            std::memmove(m_data.get(), m_data.get() + m_begin, held);
        m_begin = 0;
        m_end = held;
    }
    void produced(std::size_t count) { m_end += count; }
    void clear() { m_begin = m_end = 0; }

    // Makes room for `count` more bytes; moves the content and so invalidates views.
    void reserve(std::size_t count) {
        if (room() >= count)
            return;
        const std::size_t held = size();
        if (m_capacity >= held + count) {
            std::memmove(m_data.get(), m_data.get() + m_begin, held);
        } else {
            std::size_t capacity = m_capacity == 0 ? count : m_capacity;
            while (capacity < held + count)
                capacity *= 2;
            auto data = std::make_unique_for_overwrite<char[]>(capacity);
            if (held > 0)
                std::memcpy(data.get(), m_data.get() + m_begin, held);
            m_data = std::move(data);
            m_capacity = capacity;
        }
        m_begin = 0;
        m_end = held;
    }
    void append(std::string_view bytes) {
        if (bytes.empty())  // there may be no block yet
            return;
        reserve(bytes.size());
        std::memcpy(tail(), bytes.data(), bytes.size());
        produced(bytes.size());
    }
    void release() { *this = ByteBuffer(); }

  private:
    std::unique_ptr<char[]> m_data;
    std::size_t m_capacity = 0;
    std::size_t m_begin = 0;
    std::size_t m_end = 0;
};

// Keeps a few used blocks, so that large bodies do not cost fresh pages from the system each time.
class BufferPool final {
  public:
    ByteBuffer take(std::size_t room) {
        ByteBuffer buffer;
        if (!m_free.empty()) {
            buffer = std::move(m_free.back());
            m_free.pop_back();
        }
        buffer.reserve(room);
        return buffer;
    }
    void give(ByteBuffer buffer) {
        buffer.clear();
        if (buffer.capacity() > 0 && buffer.capacity() <= kLargest && m_free.size() < kMost)
            m_free.push_back(std::move(buffer));
    }
    void clear() { m_free.clear(); }

  private:
    static constexpr std::size_t kLargest = 1024 * 1024;
    static constexpr std::size_t kMost = 6;
    std::vector<ByteBuffer> m_free;
};

}  // namespace gr::http
