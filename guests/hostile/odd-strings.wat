;; Attacks: host code that trusts strings, with UTF-8. The last argument says which string is logged, opened as a
;; bucket, and used as a key of the bucket `notes`:
;;   0 __proto__      3 100 MiB of x                    6 a, NUL, b       8 100 MiB that are out of range
;;   1 constructor    4 the UTF-8 form of a surrogate   7 ../../escape    9 toString
;;   2 invalid UTF-8  5 nothing
;; Prints `log done`, `open ok` or `open error N`, `set …`, `get …`, then `survived` (or `no memory` for 3).
;; Held by: decoding once and strictly (2 and 4 trap, so does 8), maps without a prototype, budgets of bytes (3), and
;; key-value names that never become file names as they are.
(module
  ;; include ../fragments/odd-strings-imports.wat
  ;; include ../fragments/print.wat
  ;; include ../fragments/choice.wat
  (data (i32.const 512) "notes")
  (data (i32.const 544) "odd")
  (data (i32.const 1024) "__proto__")
  (data (i32.const 1088) "constructor")
  (data (i32.const 1152) "\ff\fe\80")
  (data (i32.const 1216) "\ed\a0\80")
  (data (i32.const 1280) "")
  (data (i32.const 1344) "a\00b")
  (data (i32.const 1408) "../../escape")
  (data (i32.const 1472) "toString")
  (data (i32.const 256)
    "\00\04\00\00\09\00\00\00"
    "\40\04\00\00\0b\00\00\00"
    "\80\04\00\00\03\00\00\00"
    "\00\00\01\00\00\00\40\06"
    "\c0\04\00\00\03\00\00\00"
    "\00\05\00\00\00\00\00\00"
    "\40\05\00\00\03\00\00\00"
    "\80\05\00\00\0c\00\00\00"
    "\00\00\00\07\00\00\40\06"
    "\c0\05\00\00\08\00\00\00")
  ;; include ../fragments/odd-strings-body.wat
)
