/* document.h - the contract, openapi.json (OpenAPI 3.1), as it is served: GET /api/v1/openapi.json, to anybody. */
#ifndef OPSGATE_API_DOCUMENT_H
#define OPSGATE_API_DOCUMENT_H

#include "bot/base/asset.h"

extern const struct asset api_documents[]; /* the one: opsgate_embed in CMakeLists.txt */

#endif
