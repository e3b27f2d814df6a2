/* SPDX-License-Identifier: MIT
   Data files inside the program, byte for byte (declared in core/base/embedded.h). */
#ifndef GR_ROUTER_FILE
#define GR_ROUTER_FILE "router.bin"
#endif
    .section .rodata
    .global gr_catalog_begin, gr_catalog_end, gr_aliases_begin, gr_aliases_end
    .global gr_schema_begin, gr_schema_end
    .global gr_searching_begin, gr_searching_end
    .global gr_dialects_begin, gr_dialects_end
    .global gr_networks_begin, gr_networks_end
    .global gr_router_begin, gr_router_end
    .global gr_letters_begin, gr_letters_end, gr_o200k_begin, gr_o200k_end
    .global gr_cl100k_begin, gr_cl100k_end
    .global gr_mnemonic_begin, gr_mnemonic_end
    .balign 64
gr_catalog_begin:
    .incbin "catalog.json"
gr_catalog_end:
    .zero 64
    .balign 64
gr_aliases_begin:
    .incbin "aliases.json"
gr_aliases_end:
    .zero 64
    .balign 64
gr_searching_begin:
    .incbin "searching.json"
gr_searching_end:
    .zero 64
    .balign 64
gr_schema_begin:
    .incbin "config.schema.json"
gr_schema_end:
    .zero 64
    .balign 64
gr_dialects_begin:
    .incbin "dialects.json"
gr_dialects_end:
    .zero 64
    .balign 64
gr_networks_begin:
    .incbin "networks.json"
gr_networks_end:
    .zero 64
    .balign 64
gr_router_begin:
    .incbin GR_ROUTER_FILE
gr_router_end:
gr_mnemonic_begin:
    .incbin "bip39-english.txt"
gr_mnemonic_end:
gr_letters_begin:
    .incbin "tokens/letters.z"
gr_letters_end:
gr_o200k_begin:
    .incbin "tokens/o200k_base.z"
gr_o200k_end:
gr_cl100k_begin:
    .incbin "tokens/cl100k_base.z"
gr_cl100k_end:
    .section .note.GNU-stack,"",@progbits
