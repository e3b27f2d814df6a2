# The desktop program: the same core with the window on top.
find_package(Qt6 6.4 REQUIRED COMPONENTS Widgets Network)

add_executable(gaterouter
    application.cpp application.h
    books_reader.cpp books_reader.h
    desktop_main.cpp
    local_backend.cpp local_backend.h
    local_providers.cpp
    provider_facts.cpp provider_facts.h
    provider_probe.cpp provider_probe.h
    single_instance.cpp single_instance.h
    $<TARGET_OBJECTS:gr_ui_resources>)
set_target_properties(gaterouter PROPERTIES AUTOMOC ON)
target_link_libraries(gaterouter PRIVATE gr_app gr_ui Qt6::Widgets Qt6::Network)
