// Comforts on the forms, which work without them: focus goes to the error summary when there is one,
// Back never asks to send a form again, the Social Security number can be shown while it is typed, a
// page can be printed by a button, the form tells how large the window is, and a ZIP code fills in
// city and state.
(() => {
	const find = (selector) => document.querySelector(selector);
	find(".summary")?.focus();
	history.replaceState(null, ""); // Back to a page that answered a form shows it, and sends nothing again

	const viewport = find("input[name=viewport]");
	if (viewport) viewport.value = `${innerWidth}x${innerHeight}`;

	const print = find("button[data-prints]");
	if (print) {
		print.hidden = false;
		print.previousElementSibling.hidden = true;
		print.addEventListener("click", () => window.print());
	}

	const eye = find("button[data-shows]");
	if (eye) {
		const box = document.getElementById(eye.dataset.shows);
		eye.hidden = false;
		box.classList.add("masked");
		eye.addEventListener("click", () => {
			const hidden = box.classList.toggle("masked");
			eye.setAttribute("aria-pressed", String(!hidden));
			eye.textContent = hidden ? eye.dataset.show : eye.dataset.hide;
		});
	}

	const form = find("form[data-places]");
	if (!form) return;
	const { zipCode: zip, city, state } = form.elements;
	const filled = new Map(); // box → what this script wrote into it
	const ours = (box) => box.value === "" || box.value === filled.get(box);
	const fill = (box, value) => {
		if (!ours(box) || box === document.activeElement) return false; // a person is about to type there
		box.value = value;
		filled.set(box, value);
		return true;
	};
	let asked = "";
	const look = async () => {
		const code = zip.value.replace(/\D/g, "").slice(0, 5);
		if (code.length < 5 || code === asked || !(ours(city) || ours(state))) return;
		asked = code;
		const answer = await fetch(form.dataset.places, { method: "POST", body: new URLSearchParams({ zip: code }) });
		if (answer.status !== 200 || code !== asked) return; // 204: nobody knows where it is
		const place = await answer.json();
		const told = [[city, place.city], [state, place.state]].filter(([box, value]) => fill(box, value)).map(([, value]) => value);
		if (told.length > 0) find("#place").textContent = form.dataset.filled.replace("{place}", told.join(", "));
	};
	zip.addEventListener("input", () => look().catch(() => { asked = ""; })); // the person types city and state
})();
