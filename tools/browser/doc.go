// Package browser holds no code: its tests open the pages of dino in a real browser, Debian's
// chromium or another of its kind (DINO_CHROMIUM names it), and are skipped where there is none.
// Pictures of the pages are left in the folder that DINO_SCREENSHOTS names.
package browser
