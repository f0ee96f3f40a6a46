# After all other files. R writes numbers as LC_NUMERIC of the C library has them, "1,5" in the Dutch locale, wherever it makes
# text of them: names of levels, conditions in tally files, coordinates of pictures. What is called from outside therefore
# runs in the locale "C", and puts back what was there. For numbers with a comma on paper there is options(OutDec = ",").
plain_numbers <- function(frame = parent.frame()) {
  before <- Sys.getlocale("LC_NUMERIC")
  if (before %in% c("C", "POSIX")) return(invisible())
  # twice: Ctrl-C may end what is done on exit as well, but only once
  for (time in 1:2) do.call(on.exit, list(bquote(.Call(.(C_numbers_as), .(before))), TRUE), envir = frame)
  .Call(C_numbers_as, "C")
}

local({
  from_outside <- "^(weeg_|as_weeg_|as_svydesign|as_svyglm|as_gt)|[.]weeg_"
  for (name in grep(from_outside, ls(topenv()), value = TRUE)) {
    made <- get(name, topenv())
    if (!is.function(made)) next
    body(made) <- call("{", quote(plain_numbers()), body(made))
    assign(name, made, topenv())
  }
})
