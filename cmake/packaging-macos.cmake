# A bundle in a disk image. Kept in order here, but neither built nor tried.
if(GR_DESKTOP)
    set(pictures ${GR_PACKAGE_DIR}/icons)
    set(sign ${CMAKE_SOURCE_DIR}/resources/gaterouter)
    add_custom_command(OUTPUT ${pictures}/gaterouter.icns
        COMMAND gr_icons ${sign}.svg ${sign}-small.svg ${pictures}
        DEPENDS gr_icons ${sign}.svg ${sign}-small.svg VERBATIM)
    target_sources(gaterouter PRIVATE ${pictures}/gaterouter.icns)
    set_source_files_properties(${pictures}/gaterouter.icns
        TARGET_DIRECTORY gaterouter PROPERTIES MACOSX_PACKAGE_LOCATION Resources)
    set_target_properties(gaterouter PROPERTIES
        MACOSX_BUNDLE ON
        OUTPUT_NAME GateRouter
        MACOSX_BUNDLE_INFO_PLIST ${GR_INSTALLER_DIR}/macos/Info.plist.in)
    # Qt's frameworks and plug-ins go into the bundle.
    install(CODE "execute_process(COMMAND macdeployqt \"\${CMAKE_INSTALL_PREFIX}/GateRouter.app\"
        COMMAND_ERROR_IS_FATAL ANY)")
endif()

set(CPACK_GENERATOR DragNDrop)
set(CPACK_DMG_VOLUME_NAME "GateRouter ${PROJECT_VERSION}")
set(CPACK_DMG_FORMAT UDZO)
