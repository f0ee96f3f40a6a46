library(weeg)
cat("weeg", format(utils::packageVersion("weeg")), "is installed.\n")
