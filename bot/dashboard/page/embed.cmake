# embed.cmake - the page's files as C texts, so that the binary needs no files beside it.
#
#   include(bot/dashboard/page/embed.cmake)
#   opsgate_embed_page(TARGET)
#
# Generates ${CMAKE_BINARY_DIR}/generated/dashboard_page.c, which defines what bot/dashboard/assets.h declares, from every
# html, css, js and svg here, and adds it to TARGET. A changed file makes it anew. Run as a program (cmake -P) it is the
# generator itself.

if(CMAKE_SCRIPT_MODE_FILE)
  set(types_html "text/html; charset=utf-8")
  set(types_css "text/css; charset=utf-8")
  set(types_js "text/javascript; charset=utf-8")
  set(types_svg "image/svg+xml")
  set(texts "")
  set(rows "")
  set(index 0)
  foreach(file IN LISTS FILES)
    get_filename_component(name ${file} NAME)
    string(REGEX REPLACE ".*\\." "" suffix ${name})
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "(char)0x\\1," bytes "${hex}")
    string(APPEND texts "static const char text_${index}[] = {${bytes}};\n")
    string(APPEND rows "    { \"${name}\", \"${types_${suffix}}\", { text_${index}, sizeof(text_${index}) } },\n")
    math(EXPR index "${index} + 1")
  endforeach()
  file(WRITE "${OUTPUT}" "/* Generated from bot/dashboard/page/. */\n#include \"bot/dashboard/assets.h\"\n\n${texts}\n"
       "const struct asset assets[] = {\n${rows}};\nconst size_t assets_count = ${index};\n")
  return()
endif()

set(OPSGATE_PAGE_EMBED_FILE ${CMAKE_CURRENT_LIST_FILE})
set(OPSGATE_PAGE_DIR ${CMAKE_CURRENT_LIST_DIR})

function(opsgate_embed_page target)
  set(output ${CMAKE_BINARY_DIR}/generated/dashboard_page.c)
  file(GLOB files CONFIGURE_DEPENDS ${OPSGATE_PAGE_DIR}/*.html ${OPSGATE_PAGE_DIR}/*.css ${OPSGATE_PAGE_DIR}/*.js
       ${OPSGATE_PAGE_DIR}/*.svg)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} "-DFILES=${files}" -DOUTPUT=${output} -P ${OPSGATE_PAGE_EMBED_FILE}
    DEPENDS ${OPSGATE_PAGE_EMBED_FILE} ${files}
    COMMENT "Embedding the dashboard's page"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
