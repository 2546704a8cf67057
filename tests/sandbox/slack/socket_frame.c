#include "slack/socket_frame.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define HEAD_MAX_BYTES 16384

static bool give(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        ssize_t done = send(fd, at, len, MSG_NOSIGNAL);

        if (done <= 0)
            return false;
        at += done;
        len -= (size_t)done;
    }
    return true;
}

static bool take(int fd, void *bytes, size_t len)
{
    return len == 0 || recv(fd, bytes, len, MSG_WAITALL) == (ssize_t)len;
}

void socket_wait_for_end(int fd)
{
    char bytes[4096];

    while (recv(fd, bytes, sizeof(bytes), 0) > 0)
        ;
}

/* ---- the handshake ---- */

static bool read_header(struct str head, const char *name, char *ret_value, size_t size)
{
    while (head.len > 0) {
        struct str line = str_trim(str_take_until(&head, '\n')), key = str_take_until(&line, ':');

        line = str_trim(line);
        if (!str_equal_nocase(key, str_of(name)) || line.len >= size)
            continue;
        snprintf(ret_value, size, STR_FMT, STR_ARG(line));
        return true;
    }
    return false;
}

bool socket_handshake_read(int fd, struct socket_handshake *ret_handshake)
{
    AUTO_BUF struct buf head = BUF(HEAD_MAX_BYTES);
    struct str rest, path;
    char c;

    while (!str_ends_with(buf_str(&head), "\r\n\r\n") && !head.failed) {
        if (!take(fd, &c, 1))
            return false;
        buf_putc(&head, c);
    }
    rest = buf_str(&head);
    if (head.failed || !str_take_prefix(&rest, "GET "))
        return false;
    path = str_take_until(&rest, ' ');
    if (path.len >= sizeof(ret_handshake->path))
        return false;
    snprintf(ret_handshake->path, sizeof(ret_handshake->path), STR_FMT, STR_ARG(path));
    return read_header(rest, "Sec-WebSocket-Key", ret_handshake->key, sizeof(ret_handshake->key));
}

bool socket_handshake_answer(int fd, const struct socket_handshake *handshake)
{
    char joined[256], accepted[64], answer[256];
    unsigned char digest[EVP_MAX_MD_SIZE];

    snprintf(joined, sizeof(joined), "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", handshake->key);
    if (EVP_Digest(joined, strlen(joined), digest, NULL, EVP_sha1(), NULL) != 1)
        return false;
    EVP_EncodeBlock((unsigned char *)accepted, digest, 20);
    snprintf(answer, sizeof(answer),
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: %s\r\n\r\n",
             accepted);
    return give(fd, answer, strlen(answer));
}

void socket_handshake_refuse(int fd)
{
    static const char answer[] = "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

    give(fd, answer, sizeof(answer) - 1);
}

/* ---- frames ---- */

static bool give_frame(int fd, bool is_final, enum socket_opcode opcode, struct str bytes)
{
    unsigned char head[10] = { (unsigned char)((is_final ? 0x80u : 0u) | (unsigned)opcode) };
    size_t size = bytes.len < 126 ? 2 : bytes.len < 65536 ? 4 : 10;

    head[1] = (unsigned char)(size == 2 ? bytes.len : size == 4 ? 126 : 127);
    for (size_t i = size, rest = bytes.len; i > 2; rest >>= 8)
        head[--i] = (unsigned char)rest;
    return give(fd, head, size) && give(fd, bytes.at, bytes.len);
}

bool socket_frame_text(int fd, const char *text, size_t fragment_bytes)
{
    struct str rest = str_of(text);
    enum socket_opcode opcode = SOCKET_TEXT;

    while (fragment_bytes > 0 && rest.len > fragment_bytes) {
        if (!give_frame(fd, false, opcode, (struct str){ rest.at, fragment_bytes }))
            return false;
        opcode = SOCKET_CONTINUED;
        rest.at += fragment_bytes;
        rest.len -= fragment_bytes;
    }
    return give_frame(fd, true, opcode, rest);
}

bool socket_frame_control(int fd, enum socket_opcode opcode, struct str bytes)
{
    return bytes.len < 126 && give_frame(fd, true, opcode, bytes);
}

bool socket_frame_close(int fd, int code)
{
    const char bytes[2] = { (char)(code >> 8), (char)code };

    return socket_frame_control(fd, SOCKET_CLOSE, (struct str){ bytes, sizeof(bytes) });
}

static bool read_length(int fd, unsigned char first, size_t *ret_len)
{
    unsigned char bytes[8];
    size_t size = first == 126 ? 2 : first == 127 ? 8 : 0, len = 0;

    if (!take(fd, bytes, size))
        return false;
    for (size_t i = 0; i < size; i++)
        len = len << 8 | bytes[i];
    *ret_len = size ? len : first;
    return *ret_len < SOCKET_FRAME_MAX_BYTES;
}

bool socket_frame_read(int fd, enum socket_opcode *ret_opcode, struct buf *ret_bytes)
{
    unsigned char head[2], mask[4];
    size_t len;

    buf_clear(ret_bytes);
    if (!take(fd, head, 2) || !(head[0] & 0x80) || !(head[1] & 0x80) || !read_length(fd, head[1] & 127, &len) ||
        !take(fd, mask, 4))
        return false;
    for (size_t i = 0; i < len; i++) {
        char c;

        if (!take(fd, &c, 1))
            return false;
        buf_putc(ret_bytes, (char)(c ^ mask[i % 4]));
    }
    *ret_opcode = (enum socket_opcode)(head[0] & 15);
    return true;
}
