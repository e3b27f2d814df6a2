# What `cmake --install` puts where, and the packages that CPack makes of it: .deb on Debian, an
# installer (NSIS) on Windows, a disk image on macOS. docs/packages.md says what is tested.
include(GNUInstallDirs)
add_subdirectory(tools/manual)
if(GR_DESKTOP)
    add_subdirectory(tools/icons)
endif()

set(GR_MAINTAINER "The GateRouter authors <packages@gaterouter.invalid>" CACHE STRING
    "Who is named in packages, as 'Name <address>'")
set(GR_PROGRAMS gaterouterd)
if(GR_DESKTOP)
    list(APPEND GR_PROGRAMS gaterouter)
endif()
set(GR_PACKAGE_DIR ${CMAKE_BINARY_DIR}/package)
set(GR_INSTALLER_DIR ${CMAKE_SOURCE_DIR}/installer)

install(TARGETS ${GR_PROGRAMS} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} BUNDLE DESTINATION .)

set(CPACK_PACKAGE_NAME ${CMAKE_PROJECT_NAME})
set(CPACK_PACKAGE_VENDOR GateRouter)
set(CPACK_PACKAGE_CONTACT ${GR_MAINTAINER})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "one local endpoint for every AI tool on this machine")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGE_EXECUTABLES gaterouter GateRouter)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)

if(WIN32)
    include(${CMAKE_CURRENT_LIST_DIR}/packaging-windows.cmake)
elseif(APPLE)
    include(${CMAKE_CURRENT_LIST_DIR}/packaging-macos.cmake)
else()
    include(${CMAKE_CURRENT_LIST_DIR}/packaging-linux.cmake)
endif()
include(CPack)
