library(testthat)
library(weeg)

test_check("weeg")
