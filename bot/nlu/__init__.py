"""Understanding a message: one graph component a file around a pure module. Nothing here knows the domain."""
