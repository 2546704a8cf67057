#include "integrations/dialog.h"

const struct http_answer *dialog_ask(struct dialog *dialog, struct http_call call)
{
    if (dialog->used < dialog->exchange->answer_count)
        return &dialog->exchange->answers[dialog->used++];
    dialog->step = exchange_call(call);
    return NULL;
}
