/* crash_names ADDRESS: a name server on port 53 there, for which every name is 127.0.0.1. It is dead while it is
 * stopped (SIGSTOP): what was asked meanwhile waits in its socket, and is answered when it goes on. RFC 1035.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define HEAD_BYTES 12
#define TYPE_A 1
#define PACKET_MAX_BYTES 512

/* Behind the question, which stays as it is: a pointer to its name, A, IN, 60 s, four bytes of address. */
static const unsigned char answer[] = { 0xc0, HEAD_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1 };

/* Where the one question ends; 0: it is none. */
static size_t question_end(const unsigned char *packet, size_t len)
{
    size_t at = HEAD_BYTES;

    while (at < len && packet[at] != 0)
        at += packet[at] + 1u;
    return at + 5 <= len ? at + 5 : 0;
}

/* In place; 0: it cannot be answered. */
static size_t answer_to(unsigned char *packet, size_t len)
{
    size_t end = len > HEAD_BYTES ? question_end(packet, len) : 0;
    int is_address = end && packet[end - 4] == 0 && packet[end - 3] == TYPE_A;

    if (!end || end + sizeof(answer) > PACKET_MAX_BYTES)
        return 0;
    packet[2] = 0x84 | (packet[2] & 1); /* an answer, with authority; RD as asked */
    packet[3] = 0x80;                   /* no error */
    memset(packet + 6, 0, 6);
    packet[7] = (unsigned char)is_address; /* of any other type there is nothing */
    if (!is_address)
        return end;
    memcpy(packet + end, answer, sizeof(answer));
    return end + sizeof(answer);
}

int main(int argc, char **argv)
{
    struct sockaddr_in own = { .sin_family = AF_INET, .sin_port = htons(53) }, peer;
    unsigned char packet[PACKET_MAX_BYTES];
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (argc != 2 || inet_pton(AF_INET, argv[1], &own.sin_addr) != 1) {
        fprintf(stderr, "usage: crash_names ADDRESS\n");
        return 2;
    }
    if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)) != 0) {
        perror("crash_names: port 53");
        return 1;
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        socklen_t peer_len = sizeof(peer);
        ssize_t len = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&peer, &peer_len);
        size_t answer_len = len > 0 ? answer_to(packet, (size_t)len) : 0;

        if (answer_len > 0)
            sendto(fd, packet, answer_len, 0, (struct sockaddr *)&peer, peer_len);
    }
}
