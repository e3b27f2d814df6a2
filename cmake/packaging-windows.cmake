# An installer made by NSIS. Its script was compiled around empty programs; the real ones were never
# built there: the core speaks to POSIX systems only so far.
set(pictures ${GR_PACKAGE_DIR}/icons)
set(sign ${CMAKE_SOURCE_DIR}/resources/gaterouter)
if(GR_DESKTOP)
    add_custom_command(OUTPUT ${pictures}/gaterouter.ico
        COMMAND gr_icons ${sign}.svg ${sign}-small.svg ${pictures}
        DEPENDS gr_icons ${sign}.svg ${sign}-small.svg VERBATIM)
    # The icon inside the program: a resource script that names the file.
    enable_language(RC)
    file(WRITE ${GR_PACKAGE_DIR}/gaterouter.rc "1 ICON \"${pictures}/gaterouter.ico\"\n")
    set_source_files_properties(${GR_PACKAGE_DIR}/gaterouter.rc
        TARGET_DIRECTORY gaterouter PROPERTIES OBJECT_DEPENDS ${pictures}/gaterouter.ico)
    target_sources(gaterouter PRIVATE ${GR_PACKAGE_DIR}/gaterouter.rc)
    set_target_properties(gaterouter PROPERTIES WIN32_EXECUTABLE ON)
    set(CPACK_NSIS_MUI_ICON ${pictures}/gaterouter.ico)
    set(CPACK_NSIS_MUI_UNIICON ${pictures}/gaterouter.ico)
    # Qt's libraries and plug-ins beside the programs.
    install(CODE "execute_process(COMMAND windeployqt --no-translations
        \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/gaterouter.exe\" COMMAND_ERROR_IS_FATAL ANY)")
endif()

set(CPACK_GENERATOR NSIS)
set(CPACK_NSIS_DISPLAY_NAME GateRouter)
set(CPACK_NSIS_PACKAGE_NAME GateRouter)
set(CPACK_NSIS_INSTALLED_ICON_NAME [[bin\gaterouter.exe]])
set(CPACK_NSIS_ENABLE_UNINSTALL_BEFORE_INSTALL ON)
set(CPACK_NSIS_MANIFEST_DPI_AWARE ON)
set(CPACK_PACKAGE_INSTALL_DIRECTORY GateRouter)
# Who opens gaterouter:PAGE; taken back with the program.
set(CPACK_NSIS_EXTRA_INSTALL_COMMANDS [[
    WriteRegStr HKLM 'Software\Classes\gaterouter' '' 'URL:GateRouter'
    WriteRegStr HKLM 'Software\Classes\gaterouter' 'URL Protocol' ''
    WriteRegStr HKLM 'Software\Classes\gaterouter\shell\open\command' '' '"$INSTDIR\bin\gaterouter.exe" "%1"']])
set(CPACK_NSIS_EXTRA_UNINSTALL_COMMANDS [[DeleteRegKey HKLM 'Software\Classes\gaterouter']])
