# A report is a list of blocks, which become HTML or Markdown (for pandoc, which makes Word files of it).

block <- function(type, ...) list(structure(list(type = type, ...), class = "weeg_block"))

heading <- function(level, text, id = NULL) block("heading", level = level, text = text, id = id)

para <- function(...) {
  text <- unlist(list(...))
  text <- text[nzchar(text)]
  if (length(text) == 0L) list() else block("para", text = paste(text, collapse = " "))
}

bullets <- function(items) if (length(items) == 0L) list() else block("bullets", items = items)

callout <- function(text) if (length(text) == 0L) list() else block("callout", text = text)

tiles <- function(values, labels) block("tiles", values = values, labels = labels)

# cells: a list of character columns, the first of which names the rows. band: rows that are a heading over the whole width.
# left: columns of texts.
grid_block <- function(caption, header, cells, note = NULL, band = NULL, left = seq_along(header) == 1L) {
  cells <- do.call(cbind, lapply(cells, as.character))
  block("grid", caption = caption, header = header, cells = cells, note = note[nzchar(note)],
        band = if (is.null(band)) rep(FALSE, nrow(cells)) else band, left = left)
}

figure <- function(svg, caption, alt) block("figure", svg = svg, caption = caption, alt = alt)

# ---- HTML ------------------------------------------------------------------------------------------------------------

escape_html <- function(x) {
  x <- gsub("&", "&amp;", visible(x), fixed = TRUE)
  x <- gsub("<", "&lt;", x, fixed = TRUE)
  x <- gsub(">", "&gt;", x, fixed = TRUE)
  gsub("\"", "&quot;", x, fixed = TRUE)
}

# count: an environment with the number of tables and figures so far. first: the id prefix.
blocks_html <- function(blocks, r, count) vapply(blocks, function(b) block_html(b, r, count), "")

block_html <- function(b, r, count) {
  switch(b$type,
    heading = sprintf("<h%d%s>%s</h%d>", b$level, if (is.null(b$id)) "" else paste0(" id=\"", b$id, "\""),
                      escape_html(b$text), b$level),
    para = paste0("<p>", escape_html(b$text), "</p>"),
    bullets = paste0("<ul>\n", paste0("<li>", escape_html(b$items), "</li>", collapse = "\n"), "\n</ul>"),
    callout = paste0("<div class=\"callout\">", paste0("<p>", escape_html(b$text), "</p>", collapse = ""), "</div>"),
    tiles = paste0("<ul class=\"tiles\">\n", paste0("<li><strong>", escape_html(b$values), "</strong> <span>",
                   escape_html(b$labels), "</span></li>", collapse = "\n"), "\n</ul>"),
    grid = grid_html(b, r, count),
    figure = figure_html(b, r, count)
  )
}

# The next number of a table or figure.
numbered <- function(count, what) {
  count[[what]] <- (if (is.null(count[[what]])) 0L else count[[what]]) + 1L
  count[[what]]
}

grid_html <- function(b, r, count) {
  number <- numbered(count, "tables")
  id <- paste0("table-", number)
  columns <- length(b$header)
  text <- ifelse(b$left, " class=\"text\"", "")
  head <- paste0("<th scope=\"col\"", text, ">", escape_html(b$header), "</th>", collapse = "")
  cells <- escape_html(b$cells)
  dim(cells) <- dim(b$cells)
  rows <- vapply(seq_len(nrow(cells)), function(i) {
    if (b$band[i]) {
      return(sprintf("<tr class=\"band\"><th scope=\"rowgroup\" colspan=\"%d\">%s</th></tr>", columns, cells[i, 1L]))
    }
    paste0("<tr><th scope=\"row\">", cells[i, 1L], "</th>", paste0("<td", text[-1L], ">", cells[i, -1L], "</td>", collapse = ""),
           "</tr>")
  }, "")
  bodies <- split(rows, cumsum(b$band))
  note <- if (length(b$note) > 0L) paste0("\n<p class=\"note\">", paste(escape_html(b$note), collapse = "<br>"), "</p>") else ""
  paste0("<div class=\"grid\">\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"", id, "\">\n<table>\n",
         "<caption id=\"", id, "\"><span>", escape_html(say(r, "table", number = number)), "</span> ", escape_html(b$caption),
         "</caption>\n<thead><tr>", head, "</tr></thead>\n",
         paste0("<tbody>", vapply(bodies, paste, "", collapse = "\n"), "</tbody>", collapse = "\n"),
         "\n</table>\n</div>", note, "\n</div>")
}

figure_html <- function(b, r, count) {
  number <- numbered(count, "figures")
  svg <- sub("<svg ", paste0("<svg role=\"img\" aria-label=\"", escape_html(b$alt), "\" "), b$svg, fixed = TRUE)
  paste0("<figure id=\"figure-", number, "\">\n<figcaption id=\"caption-", number, "\"><span>",
         escape_html(say(r, "figure", number = number)), "</span> ", escape_html(b$caption),
         "</figcaption>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"caption-", number, "\">\n", svg,
         "\n</div>\n</figure>")
}

# A page with what is the same in all of them; $title$, $subtitle$, $date$ and $body$ are left, for pandoc or page_html().
# parts: what stands in the other places of it, such as in_header.
page_template <- function(r, nav, parts = page_parts) {
  page <- readLines(system.file("report", "page.html", package = "weeg"), encoding = "UTF-8", warn = FALSE)
  fill_page(paste(page, collapse = "\n"),
            c(lang = r$language, skip = escape_html(say(r, "skip")), made = escape_html(made_with(r)),
              css = report_css(r$look$colour), logo = logo_html(r), nav = nav, parts))
}

page_parts <- c(after_title = " \u2013 $subtitle$", in_header = "", before_body = "", authors = "", after_body = "")

# What the header and the options of an R Markdown document may bring into the page, in pandoc's words.
document_parts <- c(
  after_title = "$if(subtitle)$ \u2013 $subtitle$$endif$",
  in_header = paste0("$if(highlighting-css)$<style>\n$highlighting-css$\n</style>$endif$\n$for(header-includes)$\n",
                     "$header-includes$\n$endfor$\n$for(css)$\n<link rel=\"stylesheet\" href=\"$css$\">\n$endfor$"),
  before_body = "$for(include-before)$\n$include-before$\n$endfor$",
  authors = "$for(author)$\n<p class=\"date\">$author$</p>\n$endfor$",
  after_body = "$for(include-after)$\n$include-after$\n$endfor$"
)

# In one pass: a title may have such a name in it.
fill_page <- function(page, fill) {
  at <- gregexpr(paste0("[$](", paste(names(fill), collapse = "|"), ")[$]"), page)
  regmatches(page, at) <- list(unname(fill[gsub("$", "", regmatches(page, at)[[1L]], fixed = TRUE)]))
  page
}

page_html <- function(body, r, title, subtitle) {
  fill_page(page_template(r, contents_html(body, r)),
            c(title = escape_html(title), subtitle = escape_html(subtitle), date = escape_html(r$date),
              body = paste(body, collapse = "\n\n")))
}

made_with <- function(r) say(r, "made", version = utils::packageVersion("weeg"))

report_css <- function(colour = NULL) {
  paste(c(readLines(system.file("report", "report.css", package = "weeg"), warn = FALSE), look_css(colour)), collapse = "\n")
}

contents_html <- function(body, r) {
  lines <- grep("^<h2 id=", body, value = TRUE)
  if (length(lines) == 0L) return("")
  links <- sub("^<h2 id=\"([^\"]+)\">(.*)</h2>$", "<li><a href=\"#\\1\">\\2</a></li>", lines)
  contents_frame(r, paste0("<ul>\n", paste(links, collapse = "\n"), "\n</ul>"))
}

contents_frame <- function(r, links) {
  paste0("<nav aria-labelledby=\"contents\">\n<p id=\"contents\">", escape_html(say(r, "contents")), "</p>\n", links,
         "\n</nav>")
}

# ---- Markdown for Word and all else that is not HTML -----------------------------------------------------------------

# As numbers of characters: some signs have a meaning to pandoc with a backslash before them, too.
escape_markdown <- function(x) {
  x <- visible(x)
  for (sign in strsplit("&\\`*_{}[]()#+.!|<>~^$@:=-'\"", "")[[1L]]) {
    x <- gsub(sign, paste0("\r", utf8ToInt(sign), "\n"), x, fixed = TRUE)
  }
  gsub("\r([0-9]+)\n", "&#\\1;", x)
}

blocks_markdown <- function(blocks, r, count, folder, to = "docx") {
  text <- vapply(blocks, function(b) block_markdown(b, r, count, folder, to), "")
  if (!to %in% c("latex", "beamer")) return(text)
  # signs that not every LaTeX knows as they are
  text <- gsub(minus, "`\\ensuremath{-}`{=latex}", text, fixed = TRUE)
  text <- gsub("\u2011", "`\\mbox{-}`{=latex}", text, fixed = TRUE)
  for (sign in names(latex_signs)) {
    text <- gsub(sign, paste0("`\\ensuremath{", latex_signs[[sign]], "}`{=latex}"), text, fixed = TRUE)
  }
  text
}

latex_signs <- c("\u03c7" = "\\chi", "\u221e" = "\\infty", "\u2264" = "\\le", "\u2265" = "\\ge")

block_markdown <- function(b, r, count, folder, to) {
  text <- escape_markdown
  switch(b$type,
    heading = paste0(strrep("#", b$level), " ", text(b$text)),
    para = text(b$text),
    # blanks between items: they are paragraphs then, as the one of a list of one is, and not set as small as cells of tables
    bullets = if (length(b$items) == 1L) text(b$items) else paste0("- ", text(b$items), collapse = "\n\n"),
    callout = paste0("> ", text(b$text), collapse = "\n>\n"),
    tiles = paste0("- **", text(b$values), "** ", text(b$labels), collapse = "\n\n"),
    grid = grid_markdown(b, r, count, to),
    figure = figure_markdown(b, r, count, folder, to)
  )
}

# A table that is too wide for the line is several, under each other, each with the first column; on slides one that is too long
# is, too, each with the header. r: none where the document numbers its tables.
grid_markdown <- function(b, r, count, to = "docx") {
  b$cells[, -1L] <- unbroken(b$cells[, -1L])
  html <- to %in% html_formats
  slide <- to == "pptx" && is.null(r)
  line <- text_line(to, r)
  margins <- if (to == "docx" && !is.null(r)) word_margins else cell_margins
  parts <- if (html) list(seq_along(b$header)[-1L]) else column_parts(column_least(b, margins), line)
  note <- if (length(b$note) > 0L) paste0("\n\n", paste(escape_markdown(b$note), collapse = "\\\n")) else ""
  caption <- escape_markdown(paste(c(if (!is.null(r)) say(r, "table", number = numbered(count, "tables")), b$caption),
                                   collapse = " "))
  tables <- unlist(lapply(parts, function(columns) {
    at <- c(1L, columns)
    part <- list(header = b$header[at], cells = b$cells[, at, drop = FALSE], band = b$band, left = b$left[at])
    part$width <- column_widths(part, line, margins)
    vapply(if (slide) row_parts(part, line) else list(part), part_markdown, "")
  }))
  # browsers break lines behind a dash, too
  if (html) tables <- gsub(paste0("([0-9])", dash, "([0-9])"), paste0("\\1&#8288;", dash, "&#8288;\\2"), tables)
  if (html && is.null(r)) tables <- paste0(html_heads, tables)
  if (to == "latex") tables[-1L] <- paste0(latex_kept[1L], tables[-1L], latex_kept[2L], recycle0 = TRUE)
  # on a slide there is room for few rows, and for no note: that is for who speaks
  if (slide) note <- paste0("\n\n::: notes\n", caption, note, "\n:::")
  if (nzchar(caption) && !(slide && nrow(b$cells) > slide_rows)) tables[1L] <- paste0(tables[1L], "\n\n: ", caption)
  # each on a slide of its own, the whole of it; else a mark ends the table
  paste0(paste(tables, collapse = if (slide) "\n\n---\n\n" else "\n\n<!-- -->\n\n"), note)
}

# Characters of a table's text on a line: of inst/report/word.docx, and of what pandoc makes by itself.
text_line <- function(to, r) {
  if (!is.null(r)) return(word_line)
  switch(to, docx = , odt = , rtf = 68L, pptx = 64L, beamer = 54L, word_line)
}
word_line <- 95L

# What the margins of a cell take: in inst/report/word.docx 5.7 points of 9-point type, elsewhere more.
word_margins <- 1.15
cell_margins <- 2

# With more rows, a caption would lie over them; a slide has room for so many lines of a table.
slide_rows <- 4L
slide_lines <- 12L

# Styles of documents put all headers at the left, whatever pandoc says.
html_heads <- "`<style>th[align=right] { text-align: right; }</style>`{=html}\n\n"

# The rest of a table has no number of its own.
latex_kept <- c("```{=latex}\n\\xdef\\weegtable{\\arabic{table}}\n```\n\n",
                "\n\n```{=latex}\n\\setcounter{table}{\\weegtable}\n```")

# Intervals stay on one line: blanks in a cell of numbers, with one word at most, do not break, but for that before a bracket.
unbroken <- function(cells) {
  numbers <- grepl("[0-9]", cells) & grepl("^[^[:alpha:]]*([[:alpha:]]+[^[:alpha:]]*)?$", cells)
  cells[numbers] <- gsub(" (?![(])", "\u00a0", cells[numbers], perl = TRUE)
  cells
}

# part_of(most) gives parts that have at most so much: those of the least that needs no more of them.
even_parts <- function(part_of, most) {
  parts <- part_of(most)
  while (most > 1 && length(fewer <- part_of(most - 1)) == length(parts)) {
    parts <- fewer
    most <- most - 1
  }
  parts
}

# The columns but for the first, in as few parts as fit on the line beside it, of about the same width: list(integer, ...).
column_parts <- function(least, line) {
  first <- min(least[1L], line %/% 3L)
  even_parts(function(line) {
    part <- integer(length(least) - 1L)
    at <- 1L
    used <- first
    for (i in seq_along(part)) {
      if (used + least[i + 1L] > line && i > 1L && part[i - 1L] == at) {
        at <- at + 1L
        used <- first
      }
      used <- used + least[i + 1L]
      part[i] <- at
    }
    unname(split(seq_along(part) + 1L, part))
  }, line)
}

# The rows of a table that is too long for a slide, in parts of about the same length: where they can, they begin with a heading,
# and where not, it is repeated.
row_parts <- function(part, line) {
  room <- pmax(line * part$width / sum(part$width) - 2, 1)
  lines_of <- function(cells) max(1, ceiling(nchar(cells) / room))
  lines <- apply(part$cells, 1L, lines_of)
  most <- slide_lines - lines_of(part$header)
  if (sum(lines) <= most) return(list(part))
  under <- cumsum(part$band)
  block <- ifelse(part$band, rowsum(lines, under)[match(under, unique(under)), ], lines)
  parts <- even_parts(function(most) {
    parts <- list()
    rows <- integer()
    for (i in seq_along(lines)) {
      need <- if (block[i] <= most) block[i] else lines[i]
      if (length(rows) > 0L && sum(lines[rows]) + need > most) {
        parts <- c(parts, list(rows))
        rows <- if (part$band[i] || under[i] == 0L) integer() else match(under[i], under)
      }
      rows <- c(rows, i)
    }
    c(parts, list(rows))
  }, most)
  lapply(parts, function(rows) {
    part$cells <- part$cells[rows, , drop = FALSE]
    part$band <- part$band[rows]
    part
  })
}

part_markdown <- function(b) {
  cells <- escape_markdown(b$cells)
  dim(cells) <- dim(b$cells)
  cells[b$band, 1L] <- paste0("**", cells[b$band, 1L], "**")
  rule <- paste0("|", paste0(strrep("-", b$width), ifelse(b$left, "", ":"), collapse = "|"), "|")
  row <- function(x) paste0("| ", paste(x, collapse = " | "), " |")
  paste0(row(escape_markdown(b$header)), "\n", rule, "\n", paste(apply(cells, 1L, row), collapse = "\n"))
}

# How many dashes stand under the header of each column: pandoc takes their shares of the line for widths where they are many.
# Numbers stay on one line with their margins where that fits, words do always, and what is left goes to the longest cells. Where
# it does not fit, all numbers of a column have their interval below them, not only the longest.
column_widths <- function(b, line, margins) {
  body <- b$cells[!b$band, , drop = FALSE]
  most <- apply(rbind(b$header, b$cells), 2L, text_room, margins)
  least <- column_least(b, margins)
  whole <- pmax(least, c(0, apply(body[, -1L, drop = FALSE], 2L, text_room, margins)))
  fits <- sum(whole) <= line
  if (fits) least <- whole
  else most[!b$left] <- least[!b$left]
  left <- max(0, line - sum(least))
  width <- least + left * (most - least) / max(1, left, sum(most - least))
  if (!fits) width[1L] <- width[1L] + max(0, line - sum(width))
  round(10 * width)
}

text_room <- function(x, margins) max(0L, nchar(x)) + margins

# The longest word of each column.
column_least <- function(b, margins) {
  cells <- rbind(b$header, b$cells[!b$band, , drop = FALSE])
  apply(cells, 2L, function(x) text_room(unlist(strsplit(x, " ", fixed = TRUE)), margins))
}

figure_markdown <- function(b, r, count, folder, to) {
  number <- numbered(count, "figures")
  path <- picture_file(b$svg, file.path(folder, paste0("figure-", number, ".svg")), to)
  caption <- escape_markdown(paste(say(r, "figure", number = number), b$caption))
  if (is.null(path)) return(paste0(caption, "\n\n", escape_markdown(b$alt)))
  # a caption of pandoc's own: slides have a picture where it is alone in its paragraph, and its title for who cannot see it
  if (to %in% c("latex", "beamer")) return(paste0("![", caption, "](", path, "){width=100%}"))
  if (!to %in% c("docx", "rtf")) return(paste0("![", caption, "](", path, " \"", escape_markdown(b$alt), "\"){width=100%}"))
  # a blank after it, so that the text for those who cannot see the picture is not its caption
  paste0("::: {custom-style=\"Captioned Figure\"}\n![", escape_markdown(b$alt), "](", path, "){width=16cm}\\ \n:::\n\n",
         "::: {custom-style=\"Image Caption\"}\n", caption, "\n:::")
}

# A file of a picture, of a kind that the format can have; NULL where LaTeX cannot have one: it knows no SVG.
picture_file <- function(svg, path, to) {
  latex <- to %in% c("latex", "beamer", "context")
  able <- requireNamespace("rsvg", quietly = TRUE)
  if (latex && !able) return(NULL)
  write_whole(svg, path)
  if (!able) return(path)
  picture <- sub("svg$", if (latex) "pdf" else "png", path)
  write_whole(if (latex) rsvg::rsvg_pdf(path) else rsvg::rsvg_png(path, width = 1600L), picture)
  picture
}
