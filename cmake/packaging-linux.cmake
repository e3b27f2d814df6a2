# The files beside the programs that a Linux desktop and Debian expect, and the .deb.
# With GR_DESKTOP=OFF the package is gaterouterd, without the window and what belongs to it.
find_program(GR_GZIP gzip REQUIRED)

# Everything that is compressed is compressed alike each time: -n keeps name and time out.
function(gr_install_compressed file destination)
    get_filename_component(name ${file} NAME)
    set(packed ${GR_PACKAGE_DIR}/compressed/${name}.gz)
    add_custom_command(OUTPUT ${packed}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${GR_PACKAGE_DIR}/compressed
        COMMAND sh -c [[exec "$1" -9nc "$2" > "$3"]] sh ${GR_GZIP} ${file} ${packed}
        DEPENDS ${file} VERBATIM)
    set_property(GLOBAL APPEND PROPERTY GR_PACKAGE_FILES ${packed})
    install(FILES ${packed} DESTINATION ${destination})
endfunction()

# Manual pages and completions, from the table that the programs read their arguments with.
set(manual ${GR_PACKAGE_DIR}/manual)
set(pages)
set(made)
foreach(program gaterouterd gaterouter)
    list(APPEND made ${manual}/${program}.1 ${manual}/bash/${program} ${manual}/zsh/_${program}
        ${manual}/fish/${program}.fish)
endforeach()
list(APPEND made ${manual}/gaterouter-config.5)
file(GLOB templates CONFIGURE_DEPENDS ${GR_INSTALLER_DIR}/man/*.in)
add_custom_command(OUTPUT ${made} COMMAND gr_manual ${GR_INSTALLER_DIR}/man ${manual}
    DEPENDS gr_manual ${templates} VERBATIM)
foreach(program ${GR_PROGRAMS})
    gr_install_compressed(${manual}/${program}.1 ${CMAKE_INSTALL_MANDIR}/man1)
    install(FILES ${manual}/bash/${program}
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    install(FILES ${manual}/zsh/_${program}
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
    install(FILES ${manual}/fish/${program}.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endforeach()
gr_install_compressed(${manual}/gaterouter-config.5 ${CMAKE_INSTALL_MANDIR}/man5)

install(FILES ${GR_INSTALLER_DIR}/linux/gaterouterd.service DESTINATION lib/systemd/user)
install(FILES ${CMAKE_SOURCE_DIR}/resources/config.schema.json
    DESTINATION ${CMAKE_INSTALL_DATADIR}/gaterouter)

if(GR_DESKTOP)
    set(pictures ${GR_PACKAGE_DIR}/icons)
    set(sign ${CMAKE_SOURCE_DIR}/resources/gaterouter)
    set(sides 16 22 24 32 48 64 128 256 512)
    set(drawn)
    foreach(side ${sides})
        list(APPEND drawn ${pictures}/${side}x${side}.png)
        install(FILES ${pictures}/${side}x${side}.png RENAME gaterouter.png
            DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/${side}x${side}/apps)
    endforeach()
    add_custom_command(OUTPUT ${drawn} COMMAND gr_icons ${sign}.svg ${sign}-small.svg ${pictures}
        DEPENDS gr_icons ${sign}.svg ${sign}-small.svg VERBATIM)
    set_property(GLOBAL APPEND PROPERTY GR_PACKAGE_FILES ${drawn})
    install(FILES ${sign}.svg DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps)
    install(FILES ${sign}-symbolic.svg
        DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/symbolic/apps)
    install(FILES ${GR_INSTALLER_DIR}/linux/gaterouter.desktop
        DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
    configure_file(${GR_INSTALLER_DIR}/linux/gaterouter.metainfo.xml.in
        ${GR_PACKAGE_DIR}/gaterouter.metainfo.xml @ONLY)
    install(FILES ${GR_PACKAGE_DIR}/gaterouter.metainfo.xml
        DESTINATION ${CMAKE_INSTALL_DATADIR}/metainfo)
endif()

# ---- What Debian asks of a package.

if(GR_DESKTOP)
    set(GR_PACKAGE gaterouter)
else()
    set(GR_PACKAGE gaterouterd)
endif()

# A licence file as the text of a field: every line begins with a blank, an empty one is a dot.
function(gr_licence_field file variable)
    file(READ ${file} text)
    set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    string(STRIP "${text}" text)
    string(REGEX REPLACE "[ \t]*\n" "\n " text " ${text}")
    string(REPLACE "\n \n" "\n .\n" text "${text}")
    string(REPLACE "\n \n" "\n .\n" text "${text}")
    set(${variable} "${text}" PARENT_SCOPE)
endfunction()
set(data ${CMAKE_SOURCE_DIR}/resources)
gr_licence_field(${CMAKE_SOURCE_DIR}/LICENSE GR_LICENCE)
gr_licence_field(${data}/icons/LICENSE-lucide GR_LICENCE_LUCIDE)
gr_licence_field(${data}/LICENSE-models.dev GR_LICENCE_MODELS_DEV)
gr_licence_field(${data}/LICENSE-genai-prices GR_LICENCE_GENAI_PRICES)
gr_licence_field(${data}/LICENSE-bip39 GR_LICENCE_BIP39)
gr_licence_field(${data}/tokens/LICENSE-gpt-tokenizer GR_LICENCE_TOKENS)
gr_licence_field(${CMAKE_SOURCE_DIR}/tools/router/data/LICENSES.md GR_LICENCE_ROUTER)
configure_file(${GR_INSTALLER_DIR}/debian/copyright.in ${GR_PACKAGE_DIR}/copyright @ONLY)
configure_file(${GR_INSTALLER_DIR}/debian/changelog.in ${GR_PACKAGE_DIR}/changelog @ONLY)
install(FILES ${GR_PACKAGE_DIR}/copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${GR_PACKAGE})
gr_install_compressed(${GR_PACKAGE_DIR}/changelog ${CMAKE_INSTALL_DATADIR}/doc/${GR_PACKAGE})

get_property(files GLOBAL PROPERTY GR_PACKAGE_FILES)
add_custom_target(gr_package_files ALL DEPENDS ${files} ${made})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/packaging-staged.cmake)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/packaging-run.cmake)
set(CPACK_GR_CHANGELOG ${GR_PACKAGE_DIR}/changelog)
set(CPACK_DEBIAN_PACKAGE_NAME ${GR_PACKAGE})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
# One thread: with several, xz cuts blocks by their number.
set(CPACK_THREADS 1)
set(CPACK_PACKAGE_DESCRIPTION
"GateRouter takes requests in the format of OpenAI, Anthropic or Gemini on one
local address, sends each to the provider that answers for the model
(translating where that one speaks another format), falls back when one fails,
and keeps a record of every request with its cost. Limits hold before money is
spent; keys of providers stay in an encrypted vault.")
# Nothing links these: who signs for TLS; PostgreSQL's library and a keychain are used where they are,
# and a server has none to unlock.
set(keychains "gnome-keyring | keepassxc | kwalletmanager")
set(CPACK_DEBIAN_PACKAGE_DEPENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS libpq5)
if(GR_DESKTOP)
    # The plug-in that draws the icons is loaded by name.
    string(APPEND CPACK_DEBIAN_PACKAGE_DEPENDS ", libqt6svg6")
    set(CPACK_DEBIAN_PACKAGE_RECOMMENDS
        "${keychains}, qt6-wayland, fonts-dejavu-core | fonts-freefont-ttf")
    set(CPACK_DEBIAN_PACKAGE_PROVIDES gaterouterd)
else()
    string(APPEND CPACK_DEBIAN_PACKAGE_SUGGESTS ", ${keychains}")
endif()
if(GR_DESKTOP)
    set(CPACK_DEBIAN_PACKAGE_CONFLICTS gaterouterd)
    set(CPACK_DEBIAN_PACKAGE_REPLACES gaterouterd)
else()
    set(CPACK_DEBIAN_PACKAGE_CONFLICTS gaterouter)
    set(CPACK_DEBIAN_PACKAGE_REPLACES gaterouter)
endif()
