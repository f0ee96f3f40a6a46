# The reports that tests/browser/run.sh looks at.  reports.R DIR
library(weeg)
dir <- commandArgs(TRUE)[1L]
study <- weeg_study(openvoorwerk, system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg"))
weeg_report(study, "national", language = "nl", output = file.path(dir, "report-national-nl.html"))
# to protect takes long: once
weeg_report(study, "national", language = "en", output = file.path(dir, "report-national-en.html"), threshold = NULL)
paths <- weeg_report(study, "municipal", language = "nl", area = "Delft", output = dir, threshold = NULL)
invisible(file.rename(paths, file.path(dir, "report-delft.html")))

# In a colour that white text would not stand out on, with a logo; and from a draft.
logo <- file.path(dir, "logo.svg")
writeLines("<svg fill='#a00' xmlns='http://www.w3.org/2000/svg' width='90' height='30'><rect width='90' height='30'/></svg>",
           logo)
look <- function(name, ...) {
  path <- weeg_report(study, "municipal", language = "en", area = "Delft", output = dir, threshold = NULL, colour = "gold",
                      logo = c("A red bar" = logo), ...)
  invisible(if (grepl("Rmd$", path)) {
    rmarkdown::render(path, "weeg::weeg_html", name, params = list(study = study), quiet = TRUE)
  } else {
    file.rename(path, file.path(dir, name))
  })
}
look("report-look.html", title = "Work in Delft", sections = c("short", "methods"))
look("report-draft.html", format = "draft")
