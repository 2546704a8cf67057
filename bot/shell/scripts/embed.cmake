# embed.cmake - the scripts as C strings, so that the binary needs no files beside it.
#
#   include(bot/shell/scripts/embed.cmake)
#   opsgate_embed_scripts(TARGET)
#
# Generates ${CMAKE_BINARY_DIR}/generated/scripts_embedded.c, which defines what bot/shell/scripts.h declares, and adds it
# to TARGET. A changed script makes it anew. Run as a program (cmake -P) it is the generator itself.

if(CMAKE_SCRIPT_MODE_FILE)
  set(text "/* Generated from bot/shell/scripts/. */\n#include \"bot/shell/scripts.h\"\n\n")
  string(APPEND text "const struct script scripts[SCRIPT_COUNT] = {\n")
  foreach(name accept commit lease adopt)
    file(READ "${SCRIPTS_DIR}/${name}.lua" lua)
    string(REPLACE "\\" "\\\\" lua "${lua}")
    string(REPLACE "\"" "\\\"" lua "${lua}")
    string(REPLACE "\n" "\\n\"\n        \"" lua "${lua}")
    string(TOUPPER ${name} upper)
    string(APPEND text "    [SCRIPT_${upper}] = { \"${name}\",\n        \"${lua}\" },\n")
  endforeach()
  string(APPEND text "};\n")
  file(WRITE "${OUTPUT}" "${text}")
  return()
endif()

set(OPSGATE_EMBED_FILE ${CMAKE_CURRENT_LIST_FILE})
set(OPSGATE_EMBED_DIR ${CMAKE_CURRENT_LIST_DIR})

function(opsgate_embed_scripts target)
  set(output ${CMAKE_BINARY_DIR}/generated/scripts_embedded.c)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DSCRIPTS_DIR=${OPSGATE_EMBED_DIR} -DOUTPUT=${output} -P ${OPSGATE_EMBED_FILE}
    DEPENDS ${OPSGATE_EMBED_FILE} ${OPSGATE_EMBED_DIR}/accept.lua ${OPSGATE_EMBED_DIR}/commit.lua
            ${OPSGATE_EMBED_DIR}/lease.lua ${OPSGATE_EMBED_DIR}/adopt.lua
    COMMENT "Embedding the store's scripts"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
