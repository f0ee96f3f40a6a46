# Rscript tests/web/data.R FOLDER: the study as a CSV and as an SPSS file, compressed too, and a file whose texts are
# HTML.
folder <- commandArgs(TRUE)[1]
load("data/openvoorwerk.rda")
write.csv(openvoorwerk, file.path(folder, "study.csv"), row.names = FALSE, na = "")
haven::write_sav(openvoorwerk, file.path(folder, "study.sav"))
haven::write_sav(openvoorwerk, file.path(folder, "study.zsav"), compress = "zsav")
for (name in c("study.csv", "study.sav")) {
  to <- gzfile(file.path(folder, paste0(name, ".gz")), "wb")
  writeBin(readBin(file.path(folder, name), "raw", file.size(file.path(folder, name))), to)
  close(to)
}
hostile <- data.frame(a = c("<img src=x onerror=document.title='HTML'>", "</script><b>x</b>")[c(1, 2, 1, 2, 1, 1)],
                      b = c("&lt;", "\"'`")[c(1, 2, 2, 1, 2, 1)])
names(hostile)[1] <- "<script>document.title='HTML'</script>"
write.csv(hostile, file.path(folder, "hostile.csv"), row.names = FALSE)
# the study by wave, as files of their own
rounds <- lapply(split(openvoorwerk[names(openvoorwerk) != "ronde"], openvoorwerk$ronde), function(round) {
  for (name in names(round)) attr(round[[name]], "label") <- attr(openvoorwerk[[name]], "label")
  round
})
for (k in 1:2) {
  haven::write_sav(rounds[[k]], file.path(folder, c("clients2013.sav", "clients2014.sav")[k]))
  write.csv(rounds[[k]], file.path(folder, c("clients2013.csv", "clients2014.csv")[k]), row.names = FALSE, na = "")
}
# one variable has labels that are not those of the other wave
for (k in 1:2) {
  labels <- if (k == 1) c(yes = 1, no = 2) else c(no = 1, yes = 2)
  both <- data.frame(good = haven::labelled(c(1, 2, 1, 2), c(no = 1, yes = 2)), trust = haven::labelled(c(1, 2, 2, 2), labels))
  haven::write_sav(both, file.path(folder, sprintf("labels %d.sav", k)))
}
