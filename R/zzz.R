# After all other files. R writes numbers as LC_NUMERIC of the C library has them, "1,5" in the Dutch locale, wherever it makes
# text of them: names of levels, conditions in tally files, coordinates of pictures. What is called from outside therefore
# runs in the locale "C", and puts back what was there. For numbers with a comma on paper there is options(OutDec = ",").
plain_numbers <- function(frame = parent.frame()) {
  before <- Sys.getlocale("LC_NUMERIC")
  if (before %in% c("C", "POSIX")) return(invisible())
  numbers_as("C")
  do.call(on.exit, list(bquote(.(numbers_as)(.(before))), TRUE), envir = frame)
}

# R warns of any locale but "C", also when it gets back the one that it had.
numbers_as <- function(locale) suppressWarnings(Sys.setlocale("LC_NUMERIC", locale))

local({
  from_outside <- "^(weeg_|as_weeg_|as_svydesign)|[.]weeg_"
  for (name in grep(from_outside, ls(topenv()), value = TRUE)) {
    made <- get(name, topenv())
    if (!is.function(made)) next
    body(made) <- call("{", quote(plain_numbers()), body(made))
    assign(name, made, topenv())
  }
})
