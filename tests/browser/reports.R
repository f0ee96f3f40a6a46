# The reports that tests/browser/run.sh looks at.  reports.R DIR
library(weeg)
dir <- commandArgs(TRUE)[1L]
study <- weeg_study(openvoorwerk, system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg"))
weeg_report(study, "national", language = "nl", output = file.path(dir, "report-national-nl.html"))
weeg_report(study, "national", language = "en", output = file.path(dir, "report-national-en.html"))
paths <- weeg_report(study, "municipal", language = "nl", area = "Delft", output = dir, threshold = NULL)
invisible(file.rename(paths, file.path(dir, "report-delft.html")))
