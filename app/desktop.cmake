# The desktop program: the same core with the window on top.
find_package(Qt6 6.4 REQUIRED COMPONENTS Widgets Network)

# All but main(), so that tests can stand on it.
add_library(gr_desktop STATIC
    allow_desk.cpp allow_desk.h
    application.cpp application.h
    attached_gateway.cpp attached_gateway.h
    books_reader.cpp books_reader.h
    control_link.cpp control_link.h
    export_file.cpp export_file.h
    gateway_door.h
    key_scope.cpp key_scope.h
    limits_view.cpp limits_view.h
    local_gateway.cpp local_gateway.h
    payments_view.cpp payments_view.h
    provider_facts.cpp provider_facts.h
    provider_probe.cpp provider_probe.h
    sold_models.cpp sold_models.h
    single_instance.cpp single_instance.h
    window_backend.cpp window_backend.h
    window_books.cpp
    window_chats.cpp window_chats.h
    window_payments.cpp window_payments.h
    window_wallet.cpp
    window_providers.cpp
    window_routing.cpp)
set_target_properties(gr_desktop PROPERTIES AUTOMOC ON)
target_link_libraries(gr_desktop PUBLIC gr_app gr_ui Qt6::Widgets Qt6::Network)

add_executable(gaterouter desktop_main.cpp $<TARGET_OBJECTS:gr_ui_resources>)
target_link_libraries(gaterouter PRIVATE gr_desktop)
