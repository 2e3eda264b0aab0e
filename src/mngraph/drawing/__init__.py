"""Pictures: the network and its layout, the gap map, forest plots; one look for all of them."""
