# Rscript tools/gallery.R [FILTER]
# Draws a plot of every kind and size with the installed package, and a page that shows them: build/gallery/index.html. With a
# filter, only headings and titles that match.

library(weeg)
source("tests/testthat/helper-gallery.R")

filter <- commandArgs(TRUE)
folder <- "build/gallery"
dir.create(folder, recursive = TRUE, showWarnings = FALSE)
escape <- function(x) gsub("\"", "&quot;", gsub("<", "&lt;", gsub("&", "&amp;", x, fixed = TRUE), fixed = TRUE), fixed = TRUE)
plain <- function(x) gsub("[^a-z0-9]+", "-", tolower(x))

# A picture, and its lines of the page.
picture <- function(heading, title, make) {
  if (length(filter) && !grepl(filter[1], paste(heading, title))) return(NULL)
  cat(heading, ": ", title, "\n", sep = "")
  drawing <- suppressMessages(ggplot2::autoplot(make()))
  file <- paste0(plain(heading), "-", plain(title), ".png")
  ggplot2::ggsave(file.path(folder, file), drawing, width = 7, height = 5, dpi = 110, bg = "white")
  sprintf("<h3>%s</h3>\n<img src=\"%s\" width=\"770\" height=\"550\" alt=\"%s\">", escape(title), file,
          escape(ggplot2::get_alt_text(drawing)))
}

found <- gallery()
body <- unlist(lapply(names(found), function(heading) {
  pictures <- unlist(lapply(names(found[[heading]]), function(title) picture(heading, title, found[[heading]][[title]])))
  if (length(pictures) > 0L) c(sprintf("<h2>%s</h2>", escape(heading)), pictures)
}))
page <- c(
  "<!DOCTYPE html>", "<html lang=\"en\">", "<head>", "<meta charset=\"utf-8\">", "<title>Plots of weeg</title>",
  "<style>body { font-family: sans-serif; max-width: 50em; margin: auto; padding: 1em } img { max-width: 100%; height: auto;",
  "border: 1px solid #ccc }</style>", "</head>", "<body>", "<main>", "<h1>Plots of weeg</h1>", body,
  "</main>", "</body>", "</html>"
)
con <- file(file.path(folder, "index.html"), open = "w", encoding = "UTF-8")
writeLines(page, con)
close(con)
cat(file.path(folder, "index.html"), "\n")
