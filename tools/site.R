# Rscript tools/site.R [PAGE...]: makes build/site, the documentation as pages that need no server: of the package that is
# installed, README.md, man/, the articles that site/site.yml names and NEWS.md. Names of pages (weeg_test, study, index): these
# alone. Examples are run, and a site is only made where they end without an error.
#
# No page asks another server for anything, and search works from a folder: the index is a script.

suppressPackageStartupMessages(library(weeg))
out <- file.path(getwd(), "build", "site")
wanted <- commandArgs(TRUE)
config <- yaml::read_yaml("site/site.yml")
version <- read.dcf("DESCRIPTION")[, "Version"]
set.seed(1)
options(width = 84)
if (!length(wanted)) unlink(out, recursive = TRUE)
for (name in c("reference/figures", "articles/figures", "figures", "live")) {
  dir.create(file.path(out, name), recursive = TRUE, showWarnings = FALSE)
}
read <- function(path) paste(readLines(path, encoding = "UTF-8", warn = FALSE), collapse = "\n")

# ---- where things are --------------------------------------------------------------------------------------------------

rd <- tools::Rd_db(dir = ".")
names(rd) <- sub("[.]Rd$", "", basename(names(rd)))
values_of <- function(page, tag) {
  unlist(lapply(page[vapply(page, attr, "", "Rd_tag") == tag], function(x) trimws(paste(unlist(x), collapse = ""))))
}
aliases <- unlist(lapply(names(rd), function(name) {
  alias <- values_of(rd[[name]], "\\alias")
  stats::setNames(rep(paste0("reference/", name, ".html"), length(alias)), alias)
}))
articles <- do.call(c, lapply(config$articles, `[[`, "pages"))
names(articles) <- vapply(articles, `[[`, "", "name")
pages_of_files <- c(stats::setNames(paste0("articles/", names(articles), ".html"), vapply(articles, `[[`, "", "source")),
                    NEWS.md = "news.html", README.md = "index.html", "inst/examples/shares.c" = "articles/c-library.html",
                    "inst/examples/tally.c" = "articles/c-library.html")

# ---- pages -------------------------------------------------------------------------------------------------------------

pandoc <- function(text, from, ...) {
  files <- c(tempfile(fileext = ".txt"), tempfile(fileext = ".html"))
  on.exit(unlink(files))
  writeLines(enc2utf8(text), files[1], useBytes = TRUE)
  rmarkdown::pandoc_convert(files[1], to = "html5", from = from, output = files[2], options = c("--wrap=none", "--mathml", ...))
  read(files[2])
}
parsed <- function(html) {
  xml2::xml_find_first(xml2::read_html(paste0("<div id='all'>", html, "</div>"), encoding = "UTF-8"), "//div[@id='all']")
}
markup <- function(node) paste(vapply(xml2::xml_contents(node), as.character, ""), collapse = "")
lines_of <- function(...) paste(c(...), collapse = "\n")
escaped <- function(text) gsub("<", "&lt;", gsub("&", "&amp;", text, fixed = TRUE), fixed = TRUE)

# Names of functions, help pages and vignettes in code lead there.
link_code <- function(node, root, own) {
  linked <- function(code, to) {
    if (!is.na(to) && to != own) {
      text <- xml2::xml_text(code)
      xml2::xml_set_text(code, "")
      for (child in xml2::xml_contents(code)) xml2::xml_remove(child)
      xml2::xml_add_child(code, "a", text, href = paste0(root, to))
    }
  }
  for (code in xml2::xml_find_all(node, ".//code[not(ancestor::a) and not(ancestor::pre) and not(.//a)]")) {
    text <- xml2::xml_text(code)
    vignette <- sub("^vignette\\(\"(.*)\"\\)$", "\\1", text)
    if (vignette %in% names(articles)) {
      linked(code, paste0("articles/", vignette, ".html"))
    } else if (grepl("^[?]?[A-Za-z_.]+([(].*[)])?$", text) && grepl("[?(_]", text)) {
      linked(code, unname(aliases[sub("[(].*", "", sub("^[?]", "", text))]))
    }
  }
  for (code in xml2::xml_find_all(node, ".//pre//span[@class='fu']")) {
    text <- xml2::xml_text(code)
    if (startsWith(text, "weeg_") || startsWith(text, "as_sv")) linked(code, unname(aliases[text]))
  }
}

# Links to files of the sources are to their pages.
link_files <- function(node, root, from) {
  for (link in xml2::xml_find_all(node, ".//a[@href] | .//img[@src]")) {
    key <- if (xml2::xml_name(link) == "a") "href" else "src"
    to <- xml2::xml_attr(link, key)
    if (grepl("^([a-z]+:|#)", to)) next
    path <- sub("^[.]/", "", if (from == ".") to else file.path(from, to))
    while (grepl("[^/.]+/[.][.]/", path)) path <- sub("[^/.]+/[.][.]/", "", path)
    if (startsWith(path, "man/figures/")) {
      file.copy(path, file.path(out, "figures"), overwrite = TRUE)
      xml2::xml_set_attr(link, key, paste0(root, sub("^man/", "", path)))
    } else if (path %in% names(pages_of_files)) {
      xml2::xml_set_attr(link, key, paste0(root, pages_of_files[[path]]))
    }
  }
}

id_of <- function(title) gsub("^-|-$", "", gsub("[^a-z0-9]+", "-", tolower(title)))

contents_of <- function(node, title) {
  heads <- xml2::xml_find_all(node, ".//h2[@id]")
  if (length(heads) < 2) return("")
  items <- sprintf("<li><a href=\"#%s\">%s</a></li>", xml2::xml_attr(heads, "id"), escaped(trimws(xml2::xml_text(heads))))
  lines_of(sprintf("<nav class=\"contents\" aria-label=\"%s\"><div><p>%s</p><ul>", title, title), items, "</ul></div></nav>")
}

template <- read("site/template.html")
write_site <- function(path, title, body, lang = "en", from = NULL) {
  root <- if (grepl("/", path)) "../" else ""
  node <- parsed(body)
  if (!is.null(from)) link_files(node, root, from)
  link_code(node, root, path)
  # anchors of lines of code
  xml2::xml_remove(xml2::xml_find_all(node, ".//pre//a[@aria-hidden]"))
  for (head in xml2::xml_find_all(node, ".//h2[not(@id)]")) xml2::xml_set_attr(head, "id", id_of(xml2::xml_text(head)))
  xml2::xml_set_name(xml2::xml_find_all(node, ".//th[normalize-space() = '']"), "td")
  for (table in xml2::xml_find_all(node, ".//table[not(ancestor::table)]")) xml2::xml_add_parent(table, "div", class = "scrolls")
  parts <- list(lang = lang, root = root, version = version, title = paste0(escaped(title), if (title != "weeg") " - weeg"),
                contents = contents_of(node, if (lang == "nl") "Op deze pagina" else "On this page"), body = markup(node))
  page <- template
  for (name in names(parts)) page <- gsub(paste0("{", name, "}"), parts[[name]], page, fixed = TRUE)
  writeLines(enc2utf8(page), file.path(out, path), useBytes = TRUE)
  message(path)
}
is_wanted <- function(name) !length(wanted) || name %in% wanted

# ---- code that is run --------------------------------------------------------------------------------------------------

# The Markdown of a text with chunks, whose pictures are figures/NAME-*.svg in a folder of the site.
knitted <- function(text, folder, name, where = tempfile("knit")) {
  dir.create(where, showWarnings = FALSE)
  knitr::opts_chunk$restore()
  knitr::opts_knit$restore()
  knitr::opts_knit$set(base.dir = file.path(out, folder), root.dir = where, rmarkdown.pandoc.to = "html", progress = FALSE)
  knitr::opts_chunk$set(fig.path = file.path("figures", paste0(name, "-")), dev = "svg", fig.alt = "Plot of the result above",
                        error = FALSE, fig.width = 7.5, fig.height = 4.5, comment = "", warning = TRUE, message = TRUE)
  knitr::render_markdown()
  unlink(Sys.glob(file.path(out, folder, "figures", paste0(name, "-*"))))
  knitr::knit(text = text, envir = new.env(parent = globalenv()), quiet = TRUE)
}

# The first heading of a Markdown text, or the title in its head.
title_of <- function(text) {
  head <- regmatches(text, regexpr("(?m)^title: *\"?.*?\"?$", text, perl = TRUE))
  if (startsWith(text, "---\n") && length(head)) return(gsub("^title: *\"?|\"$", "", head))
  sub("^# ", "", regmatches(text, regexpr("(?m)^# .*$", text, perl = TRUE)))
}

article <- function(page) {
  source <- page$source
  text <- read(source)
  title <- if (is.null(page$title)) title_of(text) else page$title
  heading <- paste0("<h1>", escaped(title), "</h1>\n")
  body <- switch(tools::file_ext(source),
    Rmd = {
      where <- normalizePath(dirname(source))
      if (startsWith(source, "vignettes/")) {
        where <- tempfile("vignettes")
        dir.create(where)
        file.copy(Sys.glob("vignettes/*"), where)
      } else where <- getwd()
      text <- sub("(?s)^---\n.*?\n---\n", "", text, perl = TRUE)
      paste0(heading, pandoc(knitted(text, "articles", page$name, where), "markdown-implicit_figures"))
    },
    md = pandoc(text, "gfm"),
    "1" = paste0(heading, pandoc(text, "man", "--shift-heading-level-by=1")),
    h = paste0(heading, "<p>", escaped(page$about), "</p>", pandoc(paste0("```c\n", text, "\n```"), "markdown")))
  write_site(paste0("articles/", page$name, ".html"), title, body, from = dirname(source))
}

# ---- the reference -----------------------------------------------------------------------------------------------------

# How a page is called: its functions, as it is asked for by `?`.
names_of <- function(name) {
  functions <- intersect(values_of(rd[[name]], "\\alias"), getNamespaceExports("weeg"))
  own <- if (name == "reexports" || name %in% functions) NULL else sub("[.]weeg_.*", "()", name)
  c(own, paste0(c(intersect(name, functions), setdiff(functions, name)), if (length(functions)) "()"))
}

# What R's help has, without its head, table and foot, and with headings of a page that stands alone.
help_page <- function(name) {
  page <- rd[[name]]
  whole <- structure(page[vapply(page, attr, "", "Rd_tag") != "\\examples"], class = "Rd", Rdfile = attr(page, "Rdfile"))
  file <- tempfile()
  # of help of other packages nothing is known here; R CMD check looks at these links
  suppressWarnings(tools::Rd2HTML(whole, file, package = "weeg", stages = c("build", "install", "render"),
                                  Links = stats::setNames(paste0("../weeg/", basename(aliases)), names(aliases)),
                                  Links2 = character()))
  # newer versions of R have one more element around it
  body <- xml2::xml_find_first(xml2::read_html(file, encoding = "UTF-8"),
                               "//body[not(div[@class='container'])] | //div[@class='container']")
  for (gone in c("./table[1]", "./hr", "./div[last()][starts-with(., '[Package')]")) {
    xml2::xml_remove(xml2::xml_find_all(body, gone))
  }
  # arguments are a list of terms
  xml2::xml_set_name(xml2::xml_find_all(body, ".//h3[.='Arguments']/following-sibling::table[1]"), "dl")
  for (row in xml2::xml_find_all(body, ".//dl/tr | .//dl/tbody/tr")) {
    xml2::xml_set_name(xml2::xml_find_all(row, "./td"), c("dt", "dd"))
    xml2::xml_set_name(row, "div")
    xml2::xml_set_attr(row, "style", NULL)
  }
  for (level in 2:4) xml2::xml_set_name(xml2::xml_find_all(body, paste0(".//h", level)), paste0("h", level - 1))
  heads <- xml2::xml_find_all(body, ".//h2")
  xml2::xml_set_attr(heads, "id", id_of(xml2::xml_text(heads)))
  # the description follows the title and the names
  xml2::xml_remove(xml2::xml_find_all(body, "./h2[@id = 'description']"))
  names <- sprintf("<code>%s</code>", names_of(name))
  names <- xml2::read_xml(paste0("<p class='lead'>", paste(names, collapse = ", "), "</p>"))
  xml2::xml_add_sibling(xml2::xml_find_first(body, "./h1"), names)
  for (table in xml2::xml_find_all(body, ".//table")) for (key in c("summary", "width")) xml2::xml_set_attr(table, key, NULL)
  # links to help of other packages have no page here
  for (link in xml2::xml_find_all(body, ".//a[@href]")) {
    to <- xml2::xml_attr(link, "href")
    if (grepl("^(https?:|#)", to)) next
    if (startsWith(to, "../weeg/")) xml2::xml_set_attr(link, "href", basename(to)) else xml2::xml_set_name(link, "span")
  }
  for (span in xml2::xml_find_all(body, ".//span[@href]")) xml2::xml_set_attr(span, "href", NULL)
  markup(body)
}

examples_of <- function(name) {
  file <- tempfile()
  tools::Rd2ex(rd[[name]], file)
  if (!file.exists(file)) return("")
  lines <- readLines(file, encoding = "UTF-8")
  lines <- lines[-seq_len(grep("^### [*][*] Examples", lines))]
  lines <- lines[!grepl("^(## (Not run|End).*|.*try\\(#.*)$", lines)]
  text <- c("```{r, render = knitr::normal_print}", trimws(paste(lines, collapse = "\n"), whitespace = "\n"), "```")
  paste0("<h2 id=\"examples\">Examples</h2>\n", pandoc(knitted(text, "reference", name), "markdown-implicit_figures"))
}

reference_index <- function() {
  part <- function(topic) {
    line <- function(name) {
      sprintf("<dt><a href=\"%s.html\"><code>%s</code></a></dt><dd>%s</dd>", name, paste(names_of(name), collapse = ", "),
              escaped(values_of(rd[[name]], "\\title")))
    }
    c(sprintf("<h2 id=\"%s\">%s</h2><p>%s</p><dl class=\"topics\">", id_of(topic$title), topic$title, topic$about),
      vapply(topic$pages, line, ""), "</dl>")
  }
  head <- "<h1>Reference</h1><p>Every function, by what it is for. Examples are run as these pages are made.</p>"
  write_site("reference/index.html", "Reference", lines_of(head, unlist(lapply(config$reference, part))))
}

article_index <- function() {
  part <- function(group) {
    c(sprintf("<h2 id=\"%s\">%s</h2><dl class=\"topics\">", id_of(group$title), group$title),
      vapply(group$pages, function(page) {
        title <- if (is.null(page$title)) title_of(read(page$source)) else page$title
        sprintf("<dt><a href=\"%s.html\">%s</a></dt><dd>%s</dd>", page$name, escaped(title), escaped(page$about))
      }, ""), "</dl>")
  }
  write_site("articles/index.html", "Articles", lines_of("<h1>Articles</h1>", unlist(lapply(config$articles, part))))
}

# ---- search ------------------------------------------------------------------------------------------------------------

# Of the pages as they are.
write_index <- function() {
  pages <- setdiff(list.files(out, "[.]html$", recursive = TRUE), c("search.html", "live/weeg.html"))
  one <- function(path) {
    page <- xml2::read_html(file.path(out, path), encoding = "UTF-8")
    body <- xml2::xml_find_first(page, "//main")
    xml2::xml_remove(xml2::xml_find_all(body, ".//style")) # tables have one
    squeezed <- function(x) trimws(gsub("[[:space:]]+", " ", paste(x, collapse = " ")))
    heads <- squeezed(xml2::xml_text(xml2::xml_find_all(body, ".//h2 | .//h3")))
    title <- squeezed(xml2::xml_text(xml2::xml_find_first(body, ".//h1")))
    text <- squeezed(xml2::xml_text(xml2::xml_find_all(body, ".//p | .//li | .//td | .//th | .//dt | .//dd | .//pre")))
    list(url = path, title = title, names = I(as.character(names(aliases)[aliases == path])), heads = heads, text = text)
  }
  json <- jsonlite::toJSON(lapply(pages, one), auto_unbox = TRUE)
  writeLines(enc2utf8(paste0("const SEARCH_INDEX = ", json, ";")), file.path(out, "search-index.js"), useBytes = TRUE)
}

# ---- the site ----------------------------------------------------------------------------------------------------------

invisible(file.copy(c("site/site.css", "site/site.js"), out, overwrite = TRUE))
if (is_wanted("live") && !file.copy("build/web/weeg.html", file.path(out, "live"), overwrite = TRUE)) {
  stop("there is no build/web/weeg.html: make web")
}
if (is_wanted("index")) {
  invitation <- paste("</p>\n<p><a class=\"go\" href=\"live/weeg.html#openvoorwerk\">Try it in this browser</a>",
                      "on simulated data, or on a file of your own: nothing to install, and nothing leaves your computer.</p>")
  write_site("index.html", "weeg", sub("</p>", invitation, pandoc(read("README.md"), "gfm"), fixed = TRUE), from = ".")
}
if (is_wanted("news")) {
  news <- pandoc(read("NEWS.md"), "gfm", "--shift-heading-level-by=1")
  write_site("news.html", "News", lines_of("<h1>News</h1>", news), from = ".")
}
if (is_wanted("nederlands")) {
  write_site("nederlands.html", "Samenvatting", pandoc(read("site/nederlands.md"), "gfm"), lang = "nl", from = "site")
}
if (is_wanted("search")) {
  write_site("search.html", "Search", lines_of("<h1>Search</h1><p id=\"found\" role=\"status\"></p><ul id=\"hits\"></ul>",
    "<script src=\"search-index.js\"></script><noscript><p>Search needs JavaScript.</p></noscript>"))
}
if (is_wanted("reference")) reference_index()
if (is_wanted("articles")) article_index()
for (name in names(rd)) {
  title <- values_of(rd[[name]], "\\title")
  if (is_wanted(name)) write_site(paste0("reference/", name, ".html"), title, paste0(help_page(name), examples_of(name)))
}
for (page in articles) if (is_wanted(page$name)) article(page)
write_index()
