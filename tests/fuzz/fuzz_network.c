/* Input: a range, line end, an address as a proxy tells it. Whatever is taken for one means the same without its port.
 */
#include "tests/fuzz/fuzz.h"

#include "bot/base/arena.h"
#include "bot/base/network.h"

#include <string.h>

static void check_address(struct str text, struct arena *arena)
{
    struct address address, again;
    struct network one;
    struct error err;

    if (!address_parse(text, &address))
        return;
    if (address_parse(str_of(arena_printf(arena, "[" STR_FMT "]:1", STR_ARG(text))), &again))
        MUST(memcmp(&address, &again, sizeof(address)) == 0);
    if (network_parse(text, &one, &err)) /* it has no port: the range of it alone */
        MUST(network_has(&one, &address) && one.bits == 128);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct str rest = fuzz_input(data, size), range = str_take_until(&rest, '\n');
    struct network network;
    struct address address;
    struct error err;

    if (network_parse(range, &network, &err)) {
        MUST(network.bits >= 0 && network.bits <= 128 && network_has(&network, &network.first));
        if (address_parse(rest, &address))
            network_has(&network, &address);
    } else {
        MUST(err.code == ERR_INVALID);
    }
    check_address(rest, arena);
    check_address(range, arena);
    return 0;
}
