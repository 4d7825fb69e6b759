# What is installed, and the packages that `cpack` makes of it: a .deb and a tarball of the same tree, from / on.
include(GNUInstallDirs)

set(CPACK_PACKAGE_CONTACT "The pgvigil authors <pgvigil@pgvigil.example>")
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(systemd ${CMAKE_SOURCE_DIR}/deploy/systemd)

# Debian's policy: man pages and changelogs are compressed, without a name or time inside.
function(pgvigil_compressed source name destination)
  set(output ${CMAKE_BINARY_DIR}/packaging/${name}.gz)
  add_custom_command(OUTPUT ${output} DEPENDS ${source} VERBATIM COMMAND gzip -9nc ${source} > ${output})
  add_custom_target(packaging.${name} ALL DEPENDS ${output})
  install(FILES ${output} DESTINATION ${destination})
endfunction()

string(TIMESTAMP changelog_date "%a, %d %b %Y %H:%M:%S +0000" UTC)  # SOURCE_DATE_EPOCH, where it is set
configure_file(${systemd}/debian/changelog.in packaging/changelog.Debian @ONLY)
pgvigil_compressed(${CMAKE_BINARY_DIR}/packaging/changelog.Debian changelog.Debian ${CMAKE_INSTALL_DOCDIR})
pgvigil_compressed(${CMAKE_SOURCE_DIR}/CHANGELOG.md changelog ${CMAKE_INSTALL_DOCDIR})
pgvigil_compressed(${CMAKE_SOURCE_DIR}/docs/pgvigil.1 pgvigil.1 ${CMAKE_INSTALL_MANDIR}/man1)

install(TARGETS pgvigil)
install(FILES ${systemd}/pgvigil.service DESTINATION lib/systemd/system)
install(FILES ${systemd}/pgvigil.sysusers DESTINATION lib/sysusers.d RENAME pgvigil.conf)
install(FILES ${systemd}/pgvigil.default DESTINATION /etc/default RENAME pgvigil)
install(FILES docs/pgvigil.example.yml DESTINATION /etc/pgvigil RENAME pgvigil.yml)
install(DIRECTORY alerts dashboards DESTINATION ${CMAKE_INSTALL_DATADIR}/pgvigil
        PATTERN kustomization.yaml EXCLUDE PATTERN prometheusrule.yml EXCLUDE)
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${systemd}/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${systemd}/debian/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME pgvigil)
install(FILES ${systemd}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME README.Debian)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN *.png EXCLUDE PATTERN pgvigil.1 EXCLUDE)
install(FILES ${systemd}/prometheus.yml ${systemd}/as-postgres.conf DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_SET_DESTDIR ON)  # /etc is not below the prefix
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_FILE_NAME pgvigil-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_PACKAGE_VENDOR pgvigil)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "PostgreSQL monitoring for Prometheus")
set(CPACK_PACKAGE_DESCRIPTION 
    "A daemon that polls the statistics views of one PostgreSQL server, its
container and its disks, and serves what it finds to Prometheus. Alert rules,
dashboards and runbooks come with it.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "prometheus, prometheus-alertmanager")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${systemd}/debian/conffiles ${systemd}/debian/postinst
                                       ${systemd}/debian/prerm ${systemd}/debian/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
