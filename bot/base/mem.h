/* mem.h - who owns memory, said in the code.
 *
 * Running out of memory ends the process: input is bounded at the door, so there is nothing sensible left to do. AUTO
 * puts the release beside the acquisition; TAKE moves ownership out of an AUTO variable. Safe on any thread.
 */
#ifndef OPSGATE_BASE_MEM_H
#define OPSGATE_BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void *xcalloc(size_t count, size_t size); /* zeroed, never NULL; free() it */
void *xrealloc(void *old, size_t size);   /* never NULL for size > 0 */
char *xstrdup(const char *text);          /* NULL gives NULL */

/* As free(3) and realloc(3), and nothing of what was there is left behind: for libraries that handle our secrets. */
void wipe_and_free(void *memory);
void *wipe_and_realloc(void *old, size_t size); /* NULL when there is no memory */

/* AUTO(policy) struct policy *p = ...; calls policy_destroy(p) when p leaves its scope. The type says AUTO_DEFINE(policy)
 * once, in its header, after policy_destroy is declared. An AUTO variable is initialized where it is declared. */
#define AUTO(type) __attribute__((cleanup(auto_##type##_destroy)))
#define AUTO_DEFINE(type)                                                                                              \
    static inline void auto_##type##_destroy(struct type **value)                                                      \
    {                                                                                                                  \
        type##_destroy(*value);                                                                                        \
    }
#define AUTO_FREE __attribute__((cleanup(auto_free)))
static inline void auto_free(void *pointer)
{
    free(*(void **)pointer);
}

/* Likewise, for a text that may hold a secret: it is wiped first. */
#define AUTO_SECRET __attribute__((cleanup(auto_secret)))
static inline void auto_secret(char **text)
{
    if (*text)
        explicit_bzero(*text, strlen(*text));
    free(*text);
}

/* The value of an AUTO variable, now the receiver's; the variable is NULL afterwards. */
#define TAKE(variable)                                                                                                 \
    ({                                                                                                                 \
        __typeof__(variable) taken_ = (variable);                                                                      \
        (variable) = NULL;                                                                                             \
        taken_;                                                                                                        \
    })

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))
#define CONTAINER_OF(pointer, type, member) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))
#define PRINTF_LIKE(fmt_at, first) __attribute__((format(printf, fmt_at, first)))

#endif
