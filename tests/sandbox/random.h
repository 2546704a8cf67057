/* random.h - unguessable names. Any thread. */
#ifndef SANDBOX_RANDOM_H
#define SANDBOX_RANDOM_H

struct random_hex {
    char text[33]; /* 128 bits */
};

struct random_hex random_hex(void);

#endif
