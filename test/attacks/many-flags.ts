/** 32 flags. */
const flags = `(flags ${Array.from({ length: 32 }, (_, index) => `"f${index}"`).join(" ")})`;

/**
 * The text of a component whose `acme:flags/many.big` returns so many values of a type with 32 flags, all of them set: four
 * bytes of its memory each.
 */
export function manyFlags(count: number): string {
  const pages = Math.ceil((16 + 4 * count) / 65_536);
  return `(component
    (core module $code (memory (export "memory") ${pages} ${pages})
      (func (export "big") (result i32)
        (memory.fill (i32.const 16) (i32.const 255) (i32.const ${4 * count}))
        (i32.store (i32.const 0) (i32.const 16))
        (i32.store (i32.const 4) (i32.const ${count}))
        (i32.const 0)))
    (core instance $code (instantiate $code))
    (type $of-code ${flags})
    (func $big (result (list $of-code)) (canon lift (core func $code "big") (memory (core memory $code "memory"))))
    (component $many
      (type $set ${flags})
      (import "set" (type $imported (eq $set)))
      (import "of-code" (func $big (result (list $imported))))
      (export $exported "flag-set" (type $set))
      (export "big" (func $big) (func (result (list $exported)))))
    (instance $many (instantiate $many (with "of-code" (func $big)) (with "set" (type $of-code))))
    (export "acme:flags/many" (instance $many)))`;
}
