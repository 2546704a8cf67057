# embed.cmake - openapi.json as a C text, so that the binary needs no file beside it.
#
#   include(bot/api/embed.cmake)
#   opsgate_embed_document(TARGET)
#
# Generates ${CMAKE_BINARY_DIR}/generated/api_document.c, which defines what bot/api/document.h declares. Run as a program (cmake -P) it
# is the generator itself.

if(CMAKE_SCRIPT_MODE_FILE)
  file(READ "${DOCUMENT}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "(char)0x\\1," bytes "${hex}")
  file(WRITE "${OUTPUT}" "/* Generated from bot/api/openapi.json. */\n#include \"bot/api/document.h\"\n\n"
       "const char api_document[] = { ${bytes} 0 };\n")
  return()
endif()

set(OPSGATE_DOCUMENT_GENERATOR ${CMAKE_CURRENT_LIST_FILE})
set(OPSGATE_DOCUMENT ${CMAKE_CURRENT_LIST_DIR}/openapi.json)

function(opsgate_embed_document target)
  set(output ${CMAKE_BINARY_DIR}/generated/api_document.c)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DDOCUMENT=${OPSGATE_DOCUMENT} -DOUTPUT=${output} -P ${OPSGATE_DOCUMENT_GENERATOR}
    DEPENDS ${OPSGATE_DOCUMENT_GENERATOR} ${OPSGATE_DOCUMENT}
    COMMENT "Embedding the API's document"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
