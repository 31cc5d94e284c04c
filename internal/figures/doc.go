// Package figures holds no code: its tests keep what README.md, the documents and the recipes state
// about the demo equal to docs/figures.yaml. With -update they write it there (`make figures`).
package figures
