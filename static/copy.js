// A button copies the text of a box. Without a script the box is there to copy from.
(() => {
	const button = document.querySelector("button[data-copies]");
	if (!button || !navigator.clipboard) return;
	const box = document.getElementById(button.dataset.copies);
	const status = button.parentElement.querySelector("[role=status]");
	button.hidden = false;
	button.addEventListener("click", async () => {
		box.select();
		try {
			await navigator.clipboard.writeText(box.value);
			status.textContent = button.dataset.copied;
		} catch { // the browser does not allow it: the text is selected
			status.textContent = "";
		}
	});
})();
