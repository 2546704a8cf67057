# The Debian package: `cpack -G DEB` in a release build writes opsgate_VERSION_ARCHITECTURE.deb. `cmake --install` does not see what
# only the package has.
set(deb ${CMAKE_SOURCE_DIR}/deploy/deb)
set(made ${CMAKE_BINARY_DIR}/deb)
file(MAKE_DIRECTORY ${made})

# made SOURCE NAME: compressed as Debian wants it, the same bytes from the same source
function(opsgate_compressed source name)
  configure_file(${source} ${made}/${name} COPYONLY)
  execute_process(COMMAND gzip -9nfk ${made}/${name} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
opsgate_compressed(${deb}/opsgate.1 opsgate.1)
opsgate_compressed(${deb}/changelog changelog.Debian)

file(READ ${CMAKE_SOURCE_DIR}/deploy/systemd/opsgate.service unit)
string(REPLACE /usr/local/bin/ /usr/bin/ unit "${unit}")
file(WRITE ${made}/opsgate.service "${unit}")
configure_file(${CMAKE_SOURCE_DIR}/deploy/examples/starter.yaml ${made}/opsgate.yaml COPYONLY)
configure_file(${deb}/sysusers.conf ${made}/opsgate.conf COPYONLY)

set(only COMPONENT package EXCLUDE_FROM_ALL)
install(TARGETS opsgate RUNTIME DESTINATION /usr/bin ${only})
install(FILES ${made}/opsgate.service ${CMAKE_SOURCE_DIR}/deploy/systemd/opsgate.socket DESTINATION /lib/systemd/system ${only})
install(FILES ${made}/opsgate.conf DESTINATION /usr/lib/sysusers.d ${only})
install(FILES ${made}/opsgate.yaml DESTINATION /etc/opsgate ${only})
install(FILES ${made}/opsgate.1.gz DESTINATION /usr/share/man/man1 ${only})
install(FILES ${made}/changelog.Debian.gz ${deb}/copyright DESTINATION /usr/share/doc/opsgate ${only})
install(FILES ${CMAKE_SOURCE_DIR}/deploy/completion/opsgate.bash DESTINATION /usr/share/bash-completion/completions RENAME opsgate ${only})
file(GLOB pages ${CMAKE_SOURCE_DIR}/docs/*.md)
install(FILES ${pages} DESTINATION /usr/share/doc/opsgate ${only})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs/pictures DESTINATION /usr/share/doc/opsgate ${only})
install(FILES ${CMAKE_SOURCE_DIR}/deploy/examples/smallest.yaml DESTINATION /usr/share/doc/opsgate/examples ${only})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME opsgate)
set(CPACK_PACKAGE_CONTACT "opsgate <opsgate@opsgate.dev>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "ChatOps bot and webhook gateway")
set(CPACK_PACKAGE_DESCRIPTION
    "People ask for deploys, rollbacks and failovers in Slack, policy decides, and
opsgate carries it out. GitHub, PagerDuty and Alertmanager tell it of events.
All of its state is in Redis, so that nothing accepted is lost or done twice.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON) # for /etc and /lib
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL package)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers, libwebsockets-evlib-uv, tzdata, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "redis-server") # for `store: { url: embedded }`; yours may be elsewhere
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${deb}/conffiles ${deb}/postinst ${deb}/prerm ${deb}/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
include(CPack)
