# Writes lines of text, or bytes, to a file as src/core/io/file.c does: beside it and renamed, so that the old or the complete new
# file is there; what others have laid under any name is not followed.
write_whole <- function(x, path) {
  if (is.character(x)) x <- charToRaw(paste0(enc2utf8(x), "\n", collapse = ""))
  checked(.Call(C_file_write, x, path))
}
