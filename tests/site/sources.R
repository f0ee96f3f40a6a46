# Rscript tests/site/sources.R: site/site.yml against the package; a line "ok ..." or "not ok ..." for each thing.
check <- function(what, wrong) {
  cat(if (length(wrong)) c("not ok ", what, ": ", paste(wrong, collapse = ", ")) else c("ok ", what), "\n", sep = "")
}

config <- yaml::read_yaml("site/site.yml")
pages <- unlist(lapply(config$reference, `[[`, "pages"))
there <- sub("[.]Rd$", "", list.files("man", "[.]Rd$"))
check("every topic of the reference has a title, a line about it and pages",
      which(!vapply(config$reference, function(x) all(nzchar(c(x$title, x$about))) && length(x$pages) > 0, NA)))
check("every page of the reference exists", setdiff(pages, there))
check("every help page is in one topic", c(setdiff(there, pages), pages[duplicated(pages)]))

exported <- sub("^export[(](.*)[)]$", "\\1", grep("^export[(]", readLines("NAMESPACE"), value = TRUE))
check("functions are exported", if (length(exported) < 50) length(exported))
listed <- intersect(pages, there)
aliases <- unlist(lapply(file.path("man", paste0(listed, ".Rd")), function(file) {
  sub("^\\\\alias[{](.*)[}]$", "\\1", grep("^\\\\alias[{]", readLines(file), value = TRUE))
}))
check("every exported function is on a page of a topic", setdiff(exported, aliases))

articles <- do.call(c, lapply(config$articles, `[[`, "pages"))
sources <- vapply(articles, `[[`, "", "source")
names <- vapply(articles, `[[`, "", "name")
check("every article has its source", sources[!file.exists(sources)])
check("and a line about it", names[!vapply(articles, function(x) is.character(x$about) && nzchar(x$about), NA)])
check("no two have one name", names[duplicated(names)])
check("every vignette is an article", setdiff(list.files("vignettes", "[.]Rmd$", full.names = TRUE), sources))
used <- c("{lang}", "{title}", "{root}", "{version}", "{body}", "{contents}")
template <- paste(readLines("site/template.html"), collapse = "\n")
check("the template has all its places", used[!vapply(used, grepl, NA, template, fixed = TRUE)])

run_on <- function(file) {
  text <- readLines(file)
  sprintf("%s:%d", file, grep("[.] - [A-Z]", text))
}
written <- c(grep("md$", sources, value = TRUE), "README.md", "NEWS.md")
check("no item of a list stands in the one before it", unlist(lapply(written, run_on)))
