// Asks the vendor of the recording for its script (TrustedForm), which writes the address of its
// certificate into the form. In the strict mode nothing is asked before the visitor touches the form.
(() => {
	const form = document.querySelector("form[data-recording]");
	const load = () => {
		form.removeEventListener("focusin", load);
		form.removeEventListener("change", load);
		const script = document.createElement("script");
		script.src = form.dataset.recording;
		script.async = true;
		document.body.append(script);
	};
	if (form.dataset.strict !== "true") return load();
	form.addEventListener("focusin", load);
	form.addEventListener("change", load); // Safari gives no focus to a box that is tapped
})();
