use super::*;
use super::tree::*;
fn place() -> Place { Place::of_issue("https://github.com/acme/app/issues/12").unwrap() }
pub fn bodies() -> Vec<(String,String)> {
    let mut out=vec![];
    for f in std::fs::read_dir("/tmp/data").unwrap(){ let p=f.unwrap().path(); let n=p.file_name().unwrap().to_string_lossy().to_string();
        if n.ends_with(".jsonl"){ for l in std::fs::read_to_string(&p).unwrap().lines(){ let v:serde_json::Value=serde_json::from_str(l).unwrap();
            if let Some(b)=v["body"].as_str(){ out.push((format!("{n}#{}",v["number"]),b.to_owned())); }
            for c in v["comments"].as_array().into_iter().flatten(){ if let Some(b)=c["body"].as_str(){ out.push((format!("{n}#{} comment {}",v["number"],c["id"]),b.to_owned())); } } } }
        else if n.ends_with(".json"){ let v:serde_json::Value=serde_json::from_str(&std::fs::read_to_string(&p).unwrap()).unwrap(); for e in v.as_array().unwrap(){ out.push((format!("{n} {}",e["example"]),e["markdown"].as_str().unwrap().to_owned())); } } }
    out.sort(); out
}
#[test]
fn words_in_bounds(){
  let mut n=0;
  for (name,b) in bodies(){ let r=github::read(&b,&place()); n+=1; check(&b,&r.blocks,&r.marks,&name); }
  println!("{n} bodies");
}
fn check(t:&str,bs:&[Block],ms:&[source::Mark],name:&str){
  assert_eq!(bs.len(),ms.len());
  for (b,m) in bs.iter().zip(ms){
    assert_eq!(b.text.len(),m.words.len(),"{name}");
    assert!(t.get(m.span.clone()).is_some(),"{name} span");
    let mut at=0; for (tok,w) in b.text.iter().zip(&m.words){ assert!(t.get(w.at.clone()).is_some(),"{name} word"); if w.at.start<at { if m.hold!=source::Hold::StandIn {println!("{name}: order {:?} {:?} {at}",tok,w);} } at=w.at.start; 
    }
    check(t,&b.children,&m.children,name);
  }
}
#[test]
fn github_print_read(){
  let (mut n,mut bad)=(0,0);
  for (name,b) in bodies(){ let r=github::read(&b,&place());
    for block in &r.blocks { n+=1; 
      let text=github::print(block,&place(),&|_|None).join("\n");
      let again=github::read(&text,&place());
      let again: Vec<Block>=again.blocks.iter().zip(&again.marks).filter(|(_,m)|m.hold==source::Hold::Free).map(|(b,_)|b.clone()).collect();
      if again!=vec![block.clone()] { bad+=1; if bad<=25 { println!("=== {name}\n{text}\n--- was {:?}\n--- now {:?}",short(std::slice::from_ref(block)),short(&again)); } }
    } }
  println!("{n} blocks, {bad} bad");
}
pub fn short(bs:&[Block])->String{ let mut s=String::new(); for b in bs { s+=&format!("({:?} ",b.kind); for t in &b.text { let st=&t.style; let m=format!("{}{}{}{}{}",if st.bold{"b"}else{""},if st.italic{"i"}else{""},if st.strike{"s"}else{""},if st.code{"c"}else{""},st.link.as_deref().map(|l|format!("<{l}>")).unwrap_or_default()); match &t.atom{Atom::Text(x)=>{ if m.is_empty(){s+=x}else{s+=&format!("{m}‹{x}›")}},Atom::Break=>s+="⏎",Atom::Math(x)=>s+=&format!("${x}$")} } s+=&short(&b.children); s+=")"; } s }
