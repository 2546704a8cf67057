/* link_pure.c - the pure libraries, whole, in one program: it links only if none of them needs a shell's library. */
int main(void)
{
    return 0;
}
