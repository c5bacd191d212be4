;; Attacks: host code that keeps WIT names as keys of ordinary objects. Exports `acme:names/prototype@1.0.0`, whose
;; functions, fields, flags and cases are named constructor, to-string, value-of and has-own-property. Each function
;; returns its argument.
;; Held by: maps without a prototype; each call must give back what it got.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "acme:names/prototype@1.0.0#to-string") (param i32 i32 i32 i32) (result i32)
    (i32.store (i32.const 64) (local.get 0))
    (i32.store (i32.const 68) (local.get 1))
    (i32.store (i32.const 72) (local.get 2))
    (i32.store (i32.const 76) (local.get 3))
    (i32.const 64))
  (func (export "acme:names/prototype@1.0.0#value-of") (param i32) (result i32) (local.get 0))
  (func (export "acme:names/prototype@1.0.0#has-own-property") (param i32 i32) (result i32)
    (i32.store8 (i32.const 64) (local.get 0))
    (i32.store (i32.const 68) (local.get 1))
    (i32.const 64))
  (func (export "acme:names/prototype@1.0.0#constructor") (param i32) (result i32) (local.get 0)))
