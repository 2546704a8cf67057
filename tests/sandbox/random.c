#include "random.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

struct random_hex random_hex(void)
{
    struct random_hex hex;
    unsigned char bytes[16];

    if (RAND_bytes(bytes, (int)sizeof bytes) != 1)
        abort();
    for (size_t i = 0; i < sizeof bytes; i++)
        (void)snprintf(hex.text + 2 * i, 3, "%02x", bytes[i]);
    return hex;
}
