# Writes tests/reference/sav/*: small SPSS files, by package haven. tests/core/test_sav.c knows what is in them.
library(haven)
long <- "a very long text, longer than eight bytes"
data <- data.frame(w = c(1.5, 2, NA, 3, 0.25, 1), t = c("a", "", "b\u00e9", "a", "a", long))
answers <- c(ja = 1, nee = 2, "geen antwoord" = 9, zeker = 4)
data$x <- labelled_spss(c(1, 2, 9, 3, 1, NA), answers, na_values = 9, label = "Een vraag")
data$y <- labelled(c(1, 1, 2, NA, 2, 1), c(a = 1, a = 2))
data$r <- labelled_spss(c(1, 98, 99, 2, 97.5, 3), c(low = 1), na_range = c(97, Inf))
data$o <- factor(c("p", "q", "q", "p", "p", "q"), levels = c("q", "p"))
write_sav(data, "tests/reference/sav/small.sav", compress = "byte")
write_sav(data, "tests/reference/sav/small.zsav", compress = "zsav")
