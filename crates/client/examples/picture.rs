//! Makes a picture fit to be sealed and shows what became of it:
//! `cargo run -p treehouse-client --example picture -- FILE FOLDER`

use std::error::Error;
use std::path::Path;

use treehouse_client::picture::prepare;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [file, folder] = arguments.as_slice() else {
        return Err("say which picture, and a folder for the three that are made of it".into());
    };
    let original = std::fs::read(file)?;
    let prepared = prepare(&original)?;
    println!("original  {:>9} bytes", original.len());
    std::fs::create_dir_all(folder)?;
    for (name, jpeg) in
        [("full", &prepared.full), ("mid", &prepared.mid), ("thumbnail", &prepared.thumbnail)]
    {
        println!("{name:<9} {:>9} bytes", jpeg.len());
        std::fs::write(Path::new(folder).join(name).with_extension("jpg"), jpeg)?;
    }
    println!("upright, {} x {} pixels, no metadata", prepared.width, prepared.height);
    Ok(())
}
