# What a report looks like: its title, logo and colour.

# list(colour: as #rrggbb, or NULL; logo: list(alt, kind, bytes), or NULL).
report_look <- function(colour = NULL, logo = NULL) {
  list(colour = if (!is.null(colour)) check_colour(colour), logo = if (!is.null(logo)) read_logo(logo))
}

check_report_title <- function(title) {
  title <- bare(title)
  text <- if (is.character(title) && length(title) == 1L && !is.na(title)) one_line(as_utf8(as.vector(title))) else ""
  if (nzchar(text)) return(text)
  abort("argument", "`title` must be one text, the title of the report", hint = "NULL takes that of the codebook")
}

check_colour <- function(colour) {
  colour <- bare(colour)
  refuse <- function(...) {
    abort("argument", "`colour` must be one colour, such as \"#154273\" or \"darkgreen\"", ...,
          hint = "grDevices::colors() lists the names")
  }
  if (!is.character(colour) || length(colour) != 1L || is.na(colour)) refuse()
  parts <- tryCatch(grDevices::col2rgb(as_utf8(colour), alpha = TRUE), error = function(e) NULL)
  if (is.null(parts) || grepl("^[0-9]+$", colour)) refuse(", not \"", colour, "\"") # numbers are those of a palette
  if (parts[4L] < 255) refuse("; \"", colour, "\" can be seen through")
  grDevices::rgb(parts[1L], parts[2L], parts[3L], maxColorValue = 255)
}

# The colour as text has it: darkened, where it must be, until it stands out from the darkest ground of text by 4.5 to 1, as WCAG
# asks. The heading keeps the colour itself, with black or white text on it, of which one always stands out so.
text_colour <- function(colour) {
  for (dark in seq(0, 1, 0.02)) {
    darker <- grDevices::rgb(t(grDevices::col2rgb(colour)) * (1 - dark), maxColorValue = 255)
    if (contrast(darker, band_ground) >= 4.5) break
  }
  darker
}

band_ground <- "#eef2f6" # --band of report.css

look_css <- function(colour) {
  if (is.null(colour)) return(NULL)
  sprintf(":root { --accent: %s; --ground: %s; --on: %s; }", tolower(text_colour(colour)), tolower(colour), ink_on(colour))
}

# ---- logo ------------------------------------------------------------------------------------------------------------

# Its name, if it has one, is the alternative text.
read_logo <- function(logo) {
  alt <- names(bare(logo))
  path <- one_path(unname(logo), "logo", "the path of one picture: PNG, JPEG, GIF or SVG")
  if (!file.exists(path) || dir.exists(path)) abort("file", "`logo`: there is no file ", path)
  if (file.size(path) > 2e6) {
    abort("argument", "`logo` must be a picture of at most 2 MB: it is in every report", hint = "Make it smaller")
  }
  bytes <- readBin(path, "raw", file.size(path))
  kind <- picture_kind(bytes)
  if (is.na(kind)) abort("argument", "`logo` must be a picture: PNG, JPEG, GIF or SVG, which ", basename(path), " is not")
  list(alt = if (!is.null(alt) && !alt %in% c(NA, "")) one_line(as_utf8(alt)), kind = kind, bytes = bytes)
}

# By what a file begins with, whatever its name says.
picture_kind <- function(bytes) {
  begins <- function(...) identical(utils::head(bytes, ...length()), as.raw(c(...)))
  if (begins(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return("png")
  if (begins(0xff, 0xd8, 0xff)) return("jpeg")
  if (begins(0x47, 0x49, 0x46, 0x38)) return("gif")
  text <- if (!any(bytes == 0)) rawToChar(bytes)
  if (!is.null(text) && grepl("^(\xef\xbb\xbf)?\\s*<(\\?xml|!--|!DOCTYPE|svg)", text, useBytes = TRUE) &&
        grepl("<svg[[:space:]>]", text, useBytes = TRUE)) return("svg")
  NA_character_
}

logo_alt <- function(r) {
  alt <- r$look$logo$alt
  if (is.null(alt)) say(r, "logo") else alt
}

# In the page itself. On white, whatever the colour of the heading is: logos are made for that.
logo_html <- function(r) {
  logo <- r$look$logo
  if (is.null(logo)) return("")
  type <- c(svg = "svg+xml")[logo$kind]
  paste0("<div class=\"logo\"><p><img alt=\"", escape_html(logo_alt(r)), "\" src=\"data:image/",
         if (is.na(type)) logo$kind else type, ";base64,", base64(logo$bytes), "\"></p></div>")
}

# For pandoc: above the text of a document. Word knows SVG in its latest versions only.
logo_markdown <- function(r, folder) {
  logo <- r$look$logo
  if (is.null(logo)) return(NULL)
  name <- paste0("logo.", logo$kind)
  write_whole(logo$bytes, file.path(folder, name))
  if (logo$kind == "svg" && requireNamespace("rsvg", quietly = TRUE)) {
    write_whole(rsvg::rsvg_png(file.path(folder, name), height = 300L), file.path(folder, "logo.png"))
    name <- "logo.png"
  }
  paste0("![", escape_markdown(logo_alt(r)), "](", name, "){height=1.6cm}\\ ") # a blank: the text is no caption
}

base64 <- function(bytes) {
  signs <- c(LETTERS, letters, 0:9, "+", "/")
  left <- -length(bytes) %% 3L
  x <- matrix(as.integer(c(bytes, raw(left))), 3L)
  four <- rbind(x[1L, ] %/% 4L, x[1L, ] %% 4L * 16L + x[2L, ] %/% 16L, x[2L, ] %% 16L * 4L + x[3L, ] %/% 64L, x[3L, ] %% 64L)
  text <- signs[four + 1L]
  text[length(text) + 1L - seq_len(left)] <- "="
  paste(text, collapse = "")
}

# ---- colours in Word -------------------------------------------------------------------------------------------------

word_styles <- function() system.file("report", "word.docx", package = "weeg")

word_blue <- "1D5C96" # of tools/word-template.R

look_word <- function(look, folder) if (is.null(look$colour)) word_styles() else coloured_word(look$colour, folder)

# The path of the reports' Word document with another colour, in a folder.
coloured_word <- function(colour, folder) {
  parts <- file.path(folder, "word-parts")
  names <- utils::unzip(word_styles(), list = TRUE)$Name
  utils::unzip(word_styles(), exdir = parts)
  contents <- lapply(stats::setNames(file.path(parts, names), names), function(path) readBin(path, "raw", file.size(path)))
  unlink(parts, recursive = TRUE)
  styles <- rawToChar(contents[["word/styles.xml"]])
  Encoding(styles) <- "bytes"
  new <- sub("#", "", text_colour(colour), fixed = TRUE)
  contents[["word/styles.xml"]] <- charToRaw(gsub(word_blue, new, styles, fixed = TRUE, useBytes = TRUE))
  path <- file.path(folder, "coloured.docx")
  write_whole(zip_bytes(contents), path)
  path
}

# An archive of files (raw vectors by name), by APPNOTE.TXT of PKWARE: R can read these, but leaves writing to other programs. A
# file of gzip has the compressed bytes after 10 of its own, and their checksum and length in its last 8 (RFC 1952).
zip_bytes <- function(files) {
  number <- function(x, size) as.raw(x %/% 256^(seq_len(size) - 1L) %% 256)
  path <- tempfile()
  on.exit(unlink(path))
  packed <- lapply(files, function(bytes) {
    con <- gzfile(path, "wb")
    writeBin(bytes, con)
    close(con)
    made <- readBin(path, "raw", file.size(path))
    end <- length(made)
    list(sum = made[end - 7:4], bytes = made[11:(end - 8L)])
  })
  heads <- Map(function(name, bytes, one) {
    # version 2.0, no flags, deflated, midnight of the first of January 1980
    c(number(20, 2), number(0, 2), number(8, 2), number(0, 2), number(33, 2), one$sum, number(length(one$bytes), 4),
      number(length(bytes), 4), number(nchar(name, "bytes"), 2), number(0, 2))
  }, names(files), files, packed)
  local <- Map(function(name, head, one) {
    c(charToRaw("PK\003\004"), head, charToRaw(name), one$bytes)
  }, names(files), heads, packed)
  starts <- cumsum(c(0, lengths(local)))[seq_along(local)]
  central <- unlist(Map(function(name, head, start) {
    c(charToRaw("PK\001\002"), number(20, 2), head, number(0, 10), number(start, 4), charToRaw(name))
  }, names(files), heads, starts))
  local <- unlist(local)
  count <- number(length(files), 2)
  c(local, central, charToRaw("PK\005\006"), number(0, 4), count, count, number(length(central), 4), number(length(local), 4),
    number(0, 2))
}
