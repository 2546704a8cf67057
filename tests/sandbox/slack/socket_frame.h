/* socket_frame.h - a server's half of RFC 6455 over a blocking descriptor: the handshake, frames out, frames in.
 *
 * What a client must not do (a frame without mask, a large or fragmented one) ends the connection: false.
 */
#ifndef SANDBOX_SLACK_SOCKET_FRAME_H
#define SANDBOX_SLACK_SOCKET_FRAME_H

#include "bot/base/buf.h"

#define SOCKET_FRAME_MAX_BYTES (1024 * 1024)

enum socket_opcode {
    SOCKET_CONTINUED,
    SOCKET_TEXT,
    SOCKET_BINARY,
    SOCKET_CLOSE = 8,
    SOCKET_PING,
    SOCKET_PONG,
};

struct socket_handshake {
    char path[2048]; /* with its query, as it was sent */
    char key[128];
};

bool socket_handshake_read(int fd, struct socket_handshake *ret_handshake);
bool socket_handshake_answer(int fd, const struct socket_handshake *handshake);
void socket_handshake_refuse(int fd); /* 403 */

bool socket_frame_text(int fd, const char *text, size_t fragment_bytes); /* 0: in one frame */
bool socket_frame_control(int fd, enum socket_opcode opcode, struct str bytes);
bool socket_frame_close(int fd, int code);
bool socket_frame_read(int fd, enum socket_opcode *ret_opcode, struct buf *ret_bytes);
void socket_wait_for_end(int fd); /* reads and forgets */

#endif
