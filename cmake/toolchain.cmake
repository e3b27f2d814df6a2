# Compiler switches shared by every target of the project, in one place.

# ccache and mold are conveniences: used where they are installed, never required.
find_program(GR_CCACHE ccache)
if(GR_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${GR_CCACHE})
endif()
find_program(GR_MOLD mold)
if(GR_MOLD)
    add_link_options(-fuse-ld=mold)
endif()

add_library(gr_options INTERFACE)
target_compile_options(gr_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Woverloaded-virtual
    -Wnon-virtual-dtor)
# The first coroutine back-ends of GCC report false positives inside the generated frames.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(gr_options INTERFACE -Wno-mismatched-new-delete)
    # GCC 12 sees overlapping copies in `"text" + std::string` once it inlines (GCC bug 105651).
    if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
        target_compile_options(gr_options INTERFACE -Wno-restrict)
    endif()
endif()
option(GR_WERROR "Warnings are errors" OFF)
if(GR_WERROR)
    target_compile_options(gr_options INTERFACE -Werror)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_compile_options(-fstack-protector-strong)
    add_compile_definitions(_FORTIFY_SOURCE=2)
    add_link_options(-Wl,-z,relro,-z,now)
endif()
# Not by default: another switch makes every compiler cache begin anew, and a release build has no
# paths in it today. Packages that are handed out are built with it, for what comes tomorrow.
option(GR_REPRODUCIBLE "Name files in binaries without the folder of this build" OFF)
if(GR_REPRODUCIBLE)
    add_compile_options(-ffile-prefix-map=${CMAKE_BINARY_DIR}=build
        -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(GR_SANITIZE)
    add_compile_options(-fsanitize=${GR_SANITIZE} -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${GR_SANITIZE})
    if(GR_SANITIZE MATCHES "undefined")
        add_compile_options(-fno-sanitize-recover=undefined)
    endif()
endif()
