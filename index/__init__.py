"""Articles -> sentences -> passages -> vectors and terms -> hits."""
