"""HTTP as this server speaks it: Sanic's, with what Sanic takes on trust checked."""
