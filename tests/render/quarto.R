# Usage: quarto.R FILE.qmd FORMAT: Markdown of a document on standard output, knitted as Quarto's engine for R does (its options
# and hooks: src/resources/rmd of github.com/quarto-dev/quarto-cli): a cell is a division, with label and caption of a table.
arguments <- commandArgs(TRUE)
knitr::render_markdown()
knitr::opts_knit$set(quarto.version = 1, rmarkdown.pandoc.from = "markdown", rmarkdown.pandoc.to = arguments[2L],
                     rmarkdown.version = 3, rmarkdown.runtime = "static")
knitr::opts_chunk$set(comment = NA, fig.path = paste0("quarto-", arguments[2L], "/"))
chunk <- knitr::knit_hooks$get("chunk")
knitr::knit_hooks$set(chunk = function(x, options) {
  label <- if (startsWith(options$label, "tbl-")) paste0("#", options$label, " ")
  caption <- if (!is.null(options[["tbl-cap"]])) sprintf(" tbl-cap='%s'", options[["tbl-cap"]])
  paste0("\n::: {", label, ".cell", caption, "}\n\n::: {.cell-output-display}\n", chunk(x, options), "\n:::\n\n:::\n")
})
writeLines(readLines(knitr::knit(arguments[1L], output = tempfile(fileext = ".md"), quiet = TRUE)))
